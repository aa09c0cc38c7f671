# SPDX-License-Identifier: MIT
"""Results as a table and as a picture: every ratio beside its goal, and what each kind of run cost."""

import html


def ratios(results):
    for name, part in results['parts'].items():
        for one in part['ratios']:
            yield name, one


def shown(value):
    return f'{value:.2f}' if value < 100 else f'{value:.0f}'


def seconds(value):
    return f'{value:.3f}' if value >= 0.01 else f'{value:.6f}'


def table(results):
    lines = [f'{"part":9}{"measure":86}{"goal":>8}{"wall":>9}{"CPU":>9}']
    for name, one in ratios(results):
        goal = '' if one['goal'] is None else shown(one['goal'])
        cells = ['' if one.get(what) is None else shown(one[what]) for what in ('wall', 'cpu')]
        verdict = '' if one['goal'] is None or one.get('verdict') is None else ('  met' if one['verdict'] else '  MISSED')
        lines.append(f'{name:9}{one["measure"]:86}{goal:>8}{cells[0]:>9}{cells[1]:>9}{verdict}')
    lines += ['', f'{"part":9}{"medians":66}{"wall s":>10}{"CPU s":>10}{"server s":>10}{"memory MB":>11}{"disk MB":>9}']
    for name, part in results['parts'].items():
        for one in part['series']:
            figures = one['median']
            cells = [seconds(figures[what]) if what in figures else '' for what in ('wall', 'cpu', 'server_cpu')]
            cells += [f'{figures[what]:.0f}' if what in figures else '' for what in ('memory', 'database')]
            lines.append(f'{name:9}{one["name"]:66}{cells[0]:>10}{cells[1]:>10}{cells[2]:>10}{cells[3]:>11}{cells[4]:>9}')
    return '\n'.join(lines) + '\n'


def svg(results):
    """A bar for each ratio that has a goal, drawn so that all goals stand at the same line."""
    rows = [(name, one) for name, one in ratios(results) if one['goal']]
    height, left, goal_at, width = 24, 560, 300, 1100
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height * len(rows) + 50}" font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>',
           f'<text x="{left}" y="16">measured, as a share of the goal (the line)</text>']
    for number, (name, one) in enumerate(rows):
        y = 28 + number * height
        value = one['cpu'] if one.get('judged') == 'cpu' else one['wall']
        share = value / one['goal']
        length = min(share * goal_at, width - left - 120)
        colour = '#4a7' if share <= 1 else '#c54'
        out.append(f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{html.escape(one["measure"])}</text>')
        out.append(f'<rect x="{left}" y="{y + 3}" width="{length:.1f}" height="{height - 7}" fill="{colour}"><title>{html.escape(name)}</title></rect>')
        out.append(f'<text x="{left + length + 6:.1f}" y="{y + 15}">{shown(value)} of {shown(one["goal"])}</text>')
    bottom = 28 + len(rows) * height
    out.append(f'<line x1="{left + goal_at}" y1="22" x2="{left + goal_at}" y2="{bottom}" stroke="black" stroke-dasharray="4 3"/>')
    return '\n'.join([*out, '</svg>', ''])

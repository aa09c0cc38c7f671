"use strict";
(() => {
        const tools = document.querySelector(".tools"), box = document.getElementById("filter"), said = document.getElementById("shown");
        const sections = [...document.querySelectorAll("section.rule")].map((section) => ({
                section,
                rows: [...section.querySelectorAll("tbody tr")].map((row) => ({ row, text: "", severity: row.dataset.severity })),
                words: section.dataset.words,
        }));
        const total = sections.reduce((n, { rows }) => n + rows.length, 0);
        const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
        const apply = () => {
                const words = fold(box.value).split(/\s+/).filter(Boolean);
                const severities = new Set([...tools.querySelectorAll("input[type=checkbox]:checked")].map((input) => input.value));
                let n = 0;
                for (const { section, rows, words: own } of sections) {
                        let here = 0;
                        for (const row of rows) {
                                if (words.length && !row.text)
                                        row.text = fold(own + " " + row.row.textContent);
                                const is = severities.has(row.severity) && words.every((word) => row.text.includes(word));
                                row.row.hidden = !is;
                                here += is;
                        }
                        section.hidden = here === 0;
                        n += here;
                }
                said.textContent = n === total ? `${total} findings` : `${n} of ${total} findings`;
        };
        let timer = 0;
        box.addEventListener("input", () => {
                clearTimeout(timer);
                timer = setTimeout(apply, 120);
        });
        tools.addEventListener("change", apply);
        tools.hidden = false;
        apply();
})();

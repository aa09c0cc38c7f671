# SPDX-License-Identifier: MIT
"""Chromium without a window, over its debugging pipe: what a page does, as the browser itself tells it. Needs nothing but Python."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile

PATIENCE = 120
PROGRAM = shutil.which('chromium') or shutil.which('chromium-browser')


class Browser:
    """A browser with one page. `told` has every event of the page."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix='scand-browser.')
        to_read, self.to = os.pipe()
        self.answers, from_write = os.pipe()

        def give():
            # Its pipes are 3 and 4, whatever numbers they have here.
            a, b = os.dup(to_read), os.dup(from_write)
            os.dup2(a, 3)
            os.dup2(b, 4)
        sandbox = ['--no-sandbox'] if os.geteuid() == 0 else []
        with open(os.path.join(self.profile, 'stderr'), 'w', encoding='utf-8') as log:
            self.process = subprocess.Popen(
                [PROGRAM, '--headless=new', *sandbox, '--disable-gpu', '--no-first-run', '--disable-background-networking',
                 '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND',
                 f'--user-data-dir={self.profile}', '--remote-debugging-pipe', 'about:blank'],
                preexec_fn=give, close_fds=False, stdout=subprocess.DEVNULL, stderr=log)
        os.close(to_read)
        os.close(from_write)
        self.told, self.number, self.buffer, self.session = [], 0, b'', None
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
        for domain in 'Page', 'Runtime', 'Log', 'Network':
            self.call(domain + '.enable')

    def close(self):
        try:
            os.write(self.to, json.dumps({'id': self.number + 1, 'method': 'Browser.close'}).encode() + b'\0')
            self.process.wait(PATIENCE)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def receive(self):
        while b'\0' not in self.buffer:
            if not select.select([self.answers], [], [], PATIENCE)[0]:
                raise AssertionError('the browser says nothing')
            block = os.read(self.answers, 1 << 20)
            if not block:
                with open(os.path.join(self.profile, 'stderr'), encoding='utf-8') as log:
                    raise AssertionError('the browser is gone: ' + log.read()[-1000:])
            self.buffer += block
        message, self.buffer = self.buffer.split(b'\0', 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        data = json.dumps(message).encode() + b'\0'
        while data:
            data = data[os.write(self.to, data):]
        while True:
            answer = self.receive()
            if answer.get('id') != self.number:
                self.told.append(answer)
                continue
            if 'error' in answer:
                raise AssertionError((method, answer['error']))
            return answer['result']

    def open(self, path):
        del self.told[:]
        self.call('Page.navigate', url=f'file://{path}')
        while not any(event.get('method') == 'Page.loadEventFired' for event in self.told):
            self.told.append(self.receive())

    def evaluate(self, expression):
        result = self.call('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in result:
            raise AssertionError(result['exceptionDetails'])
        return result['result'].get('value')

    def events(self, method):
        return [event['params'] for event in self.told if event.get('method') == method]

    def complaints(self):
        """All that a developer would see in the console: calls, exceptions, and what the browser itself has to say, such as refusals."""
        return ([('console', [a.get('value') for a in event['args']]) for event in self.events('Runtime.consoleAPICalled')]
                + [('exception', event['exceptionDetails']) for event in self.events('Runtime.exceptionThrown')]
                + [('log', event['entry']['text']) for event in self.events('Log.entryAdded')])

    def requests(self):
        return [event['request']['url'] for event in self.events('Network.requestWillBeSent')]

    def size(self, width, height=900):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, kind='screen', scheme='light'):
        self.call('Emulation.setEmulatedMedia', media=kind, features=[{'name': 'prefers-color-scheme', 'value': scheme}])

    def screenshot(self, path, whole=False):
        with open(path, 'wb') as file:
            file.write(base64.b64decode(self.call('Page.captureScreenshot', captureBeyondViewport=whole)['data']))

    def pdf(self):
        return base64.b64decode(self.call('Page.printToPDF', preferCSSPageSize=True)['data'])

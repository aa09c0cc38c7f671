# SPDX-License-Identifier: MIT
"""Two domain controllers of one domain: killed, cut off, put back to an old copy, restored, one behind the other. After each
scenario the daemon that lived through it holds what one that starts afresh finds.

SCAND_TEST_REPLICA_OBJECTS=50000 is the long form: making the domain then takes some minutes, or once where SCAND_LAB_CACHE is set.
"""

import concurrent.futures
import csv
import datetime
import io
import os
import shutil
import sqlite3
import struct
import subprocess
import time
import unittest
import uuid

import ldap

from lab import DOMAIN, PATIENCE, REPLICA_OBJECTS, ROOT, SCRATCH, TWIN, TWIN_REPLICA, WIRE_ADDRESSES, Scand, addition, comparable, modification, wait_until
from wire import Wire

SAM = os.path.join(ROOT, 'tests', 'lab', 'sam')

# Of a row of the table domain: where following has come to.
CURSOR = ('watermark', 'overlap_base', 'overlap_base_time', 'vector', 'polled_at', 'canary', 'canary_usn')

REALM = TWIN.realm
BASE = TWIN.base
CONTROLLERS = (TWIN, TWIN_REPLICA)

# msDS-…: the options of an NTDS Settings object; "repadmin /options +DISABLE_INBOUND_REPL" sets it on Windows.
DISABLE_INBOUND_REPLICATION = '2'


def root(connection, attribute):
    return connection.search_s('', ldap.SCOPE_BASE, attrlist=[attribute])[0][1][attribute][0].decode()


class Writer:
    """Somebody who administers the domain on one of its domain controllers."""

    def __init__(self, controller):
        self.controller = controller
        self.connection = controller.admin()

    def listen(self, listens):
        """Does this domain controller take what the other one has to tell?"""
        self.connection.modify_s(root(self.connection, 'dsServiceName'),
                                 modification(options=None if listens else [DISABLE_INBOUND_REPLICATION]))

    def add_mute(self, name, folder=f'CN=Users,{BASE}'):
        """A contact that cannot be mailed to: contact-not-mail-enabled."""
        dn = f'CN={name},{folder}'
        self.connection.add_s(dn, addition(objectClass='contact', mailNickname=name))
        return dn

    def write(self, dn, **attributes):
        self.connection.modify_s(dn, modification(**attributes))

    def heal(self, dn, name):
        address = f'{name}@partner.com'
        self.write(dn, mail=[address], proxyAddresses=[f'SMTP:{address}'])

    def delete(self, dn):
        self.connection.delete_s(dn)

    def has(self, dn, **values):
        try:
            entry = self.connection.search_s(dn, ldap.SCOPE_BASE, attrlist=list(values) or ['cn'])[0][1]
        except ldap.NO_SUCH_OBJECT:
            return False
        return all(entry.get(name) == [value.encode()] for name, value in values.items())

    def close(self):
        try:
            self.connection.unbind_s()
        except ldap.LDAPError:
            pass  # it was killed


class Replicas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for controller in CONTROLLERS:
            controller.start()
        cls.n_marks = 0

    @classmethod
    def tearDownClass(cls):
        for controller in CONTROLLERS:
            controller.stop()

    def setUp(self):
        self.writers = []
        self.daemons = []

    def tearDown(self):
        for daemon in self.daemons:
            daemon.kill()
        for writer in self.writers:
            writer.close()
        for controller in CONTROLLERS:
            controller.start()
            writer = Writer(controller)
            writer.listen(True)
            writer.close()
        self.converge()

    def writer(self, controller):
        self.writers.append(Writer(controller))
        return self.writers[-1]

    def scand(self, *controllers, **options):
        """A daemon that knows of these, in this order."""
        hosts = ' '.join(controller.host for controller in controllers or CONTROLLERS)
        daemon = Scand(*CONTROLLERS, sections=[TWIN.section(Servers=hosts)], **options)
        self.daemons.append(daemon)
        return daemon

    def converge(self):
        """Until each has received what the other one had: an OU goes there and another one comes back."""
        writers = [Writer(controller) for controller in CONTROLLERS]
        marks = []
        for writer in writers:
            type(self).n_marks += 1
            marks.append(f'OU=mark-{self.n_marks},{BASE}')
            writer.connection.add_s(marks[-1], addition(objectClass='organizationalUnit'))
        for writer in writers:
            wait_until(f'{marks} at {writer.controller.host}', lambda writer=writer: all(map(writer.has, marks)), 3 * PATIENCE)
            writer.close()

    def health(self, scand):
        return scand.domain_health(REALM)

    def is_following(self, scand, controller):
        health = self.health(scand)
        return health.get('state') == 'following' and health.get('dc') == controller.host

    def wait_following(self, scand, controller, seconds=2 * PATIENCE):
        scand.wait_until(f'{controller.host} is followed', lambda: self.is_following(scand, controller), seconds)

    def wait_current(self, scand, controller):
        """Follows this one, has applied all that it holds, and says so in its report."""
        self.wait_following(scand, controller)
        scand.wait_current(controller)
        watermark = scand.watermark(controller)
        scand.wait_until('the report of it', lambda: self.is_following(scand, controller)
                         and self.health(scand)['watermark'] >= watermark)

    def rows(self, scand):
        return self.health(scand)['rows_received_total']

    def last_full_read(self, scand):
        return self.health(scand)['last_full_ok']

    def wait_passed_on(self, scand, controller, other):
        """The other one's vector covers all that the daemon has seen of this one, so that nothing dies with it."""
        self.wait_current(scand, controller)
        epoch = uuid.UUID(self.health(scand)['invocation_id']).bytes_le
        watermark = self.health(scand)['watermark']
        connection = self.writer(other).connection
        wait_until(f'{other.host} has heard of USN {watermark}', lambda: cursors(connection).get(epoch, 0) >= watermark, 2 * PATIENCE)

    def connector(self, scand):
        return next((one for one in scand.json('status')['connectors'] if one['account'] == 'MSOL_twin'), {})

    def test_the_connectors_logon_is_found_wherever_it_was(self):
        """It logs on at the one that is not followed; and what cannot be asked is named."""
        writer = self.writer(TWIN)
        dn = f'CN=MSOL_twin,CN=Users,{BASE}'
        writer.connection.add_s(dn, addition(objectClass='user', sAMAccountName='MSOL_twin', userAccountControl='512',
                                             unicodePwd='"Twin.1234567"'.encode('utf-16-le')))
        self.addCleanup(lambda: self.writer(TWIN).delete(dn))
        self.converge()
        subprocess.run([SAM, TWIN_REPLICA.directory, 'age', dn, '0', 'lastLogon'], check=True)
        scand = self.scand(*CONTROLLERS).start()
        self.wait_current(scand, TWIN)
        scand.wait_until('both were asked', lambda: self.connector(scand).get('known_until'), 2 * PATIENCE)
        self.assertEqual(self.connector(scand)['unasked'], [])
        self.assertTrue(self.connector(scand)['logged_on'])
        self.assertIn('the connector\'s account MSOL_twin of ' + REALM, scand.ctl('status').stdout.replace('\n', ' '))
        self.assertEqual(scand.stop(), 0)

        TWIN_REPLICA.stop('kill')
        alone = self.scand(TWIN).start()
        self.wait_current(alone, TWIN)
        alone.wait_until('one could not be asked', lambda: (self.connector(alone).get('unasked') or [{}])[0].get('reason'), 2 * PATIENCE)
        self.assertEqual([one['host'].lower() for one in self.connector(alone)['unasked']], [TWIN_REPLICA.host])
        self.assertIsNone(self.connector(alone)['known_until'])
        self.assertIsNone(self.connector(alone)['logged_on'], 'only the one that is down knows of it')
        self.assertEqual(alone.stop(), 0)

    def rescan(self, scand, *options):
        """A full read on request, or a comparison by number, and its end."""
        column = 'last_reconcile_ok' if options else 'last_full_ok'
        before = self.health(scand)[column]
        # Times are seconds: the next one must not look like the last.
        wait_until('another second', lambda: time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()) != before)
        scand.ctl('rescan', *options)
        scand.wait_until(f'{column} after {before}', lambda: self.health(scand)[column] not in (None, before), 2 * PATIENCE)

    def judge(self, scand, controller, *dns, n_missed=0):
        """Both agree again; then all that is known of the directory, and of these objects every detail, is as if read anew."""
        self.converge()
        self.wait_current(scand, controller)
        scand.wait_until('nothing is unconfirmed', lambda: not self.health(scand)['unconfirmed_failover'])
        fresh = self.scand(controller).start()
        self.wait_current(fresh, controller)
        scand.wait_current(controller)
        # A domain controller that was slow to answer makes what is certain probable, until the next poll.
        for daemon in (scand, fresh):
            daemon.wait_until('a poll in time', lambda daemon=daemon:
                              (self.health(daemon)['stale_after'] or '') > time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()))
        self.assertEqual(comparable(scand), comparable(fresh))
        objects = 'SELECT guid, dn, kind, excluded, in_scope FROM v_object WHERE deleted IS NULL ORDER BY guid'
        self.assertEqual(scand.query(objects), fresh.query(objects))
        self.assertGreater(len(fresh.query(objects)), 1000)
        for dn in dns:
            self.assertEqual(known(scand, dn), known(fresh, dn))
        self.assertEqual(scand.json('status')['missed_changes_total'], n_missed)
        self.assertEqual(fresh.stop(), 0)
        return fresh

    def fail_over(self, scand, source, sink):
        """Kills the one that is followed; how many rows the daemon then had to read."""
        before = self.rows(scand)
        full = self.last_full_read(scand)
        source.stop('kill')
        self.wait_current(scand, sink)
        self.assertEqual(self.last_full_read(scand), full, scand.log()[-2000:])
        return self.rows(scand) - before

    def test_1_fail_over_and_back_read_what_changed_and_no_more(self):
        scand = self.scand().start()
        self.assertTrue(self.is_following(scand, TWIN))
        self.assertFalse(self.health(scand)['unconfirmed_failover'])
        n_objects = self.health(scand)['objects']
        here, there = self.writer(TWIN), self.writer(TWIN_REPLICA)

        # One write is passed on, one is not, and one is the other's own.
        passed_on = here.add_mute('passed-on')
        self.converge()
        scand.wait_finding('contact-not-mail-enabled', passed_on)
        there.listen(False)
        kept_back = here.add_mute('kept-back')
        scand.wait_finding('contact-not-mail-enabled', kept_back)
        others = there.add_mute('of-the-other')
        there.heal(passed_on, 'passed-on')
        gone = there.add_mute('gone')
        there.delete(gone)

        n_rows = self.fail_over(scand, TWIN, TWIN_REPLICA)
        self.assertLess(n_rows, n_objects / 100)
        self.assertGreater(n_rows, 0)
        scand.wait_finding('contact-not-mail-enabled', others)
        self.assertTrue(self.health(scand)['unconfirmed_failover'])
        self.assertIn('the new DC has not caught up yet', scand.ctl('status').stdout)
        self._held(scand, passed_on)
        self.assertTrue(scand.wait_finding('contact-not-mail-enabled', kept_back), 'what only the dead one held is not forgotten')
        print(f'    {n_rows} of {n_objects} rows for a fail-over')

        TWIN.start()
        there.listen(True)
        self.converge()
        scand.wait_until('the doubt is over', lambda: not self.health(scand)['unconfirmed_failover'])
        scand.wait_finding('contact-not-mail-enabled', passed_on, present=False)
        self.assertEqual(self.closings(scand, passed_on), 1)
        scand.wait_until('nothing is held', lambda: self.health(scand)['findings_held'] == 0)
        n_rows = self.fail_over(scand, TWIN_REPLICA, TWIN)
        self.assertLess(n_rows, n_objects / 100)
        print(f'    {n_rows} of {n_objects} rows for the way back')
        self._origin(scand, others, TWIN_REPLICA)
        self._origin(scand, kept_back, TWIN)
        with concurrent.futures.ThreadPoolExecutor() as pool:  # one after the other, and nobody in vain
            histories = list(pool.map(lambda dn: scand.json('history', dn, '--origin')['objects'][0], [others, kept_back, passed_on] * 2))
        self.assertTrue(all(history['origin'] for history in histories))
        TWIN_REPLICA.start()
        self.judge(scand, TWIN, passed_on, kept_back, others)
        self.assertEqual(scand.stop(), 0)

    def _origin(self, scand, dn, controller):
        """Whichever domain controller is asked, it names the one that wrote the object, and the time of that."""
        created = self.writer(TWIN).connection.search_s(dn, ldap.SCOPE_BASE, attrlist=['whenCreated'])[0][1]['whenCreated'][0].decode()
        history = scand.json('history', dn, '--origin')['objects'][0]
        writes = {write['attribute']: write for write in history['origin']}
        self.assertGreater(len(writes), 5, writes)
        write = writes['objectClass']  # which nobody writes again
        self.assertEqual((write['server'].lower(), write['version']), (controller.host.partition('.')[0], 1))
        written = datetime.datetime.fromisoformat(write['written'].replace('Z', '+00:00'))
        created = datetime.datetime.strptime(created, '%Y%m%d%H%M%S.0Z').replace(tzinfo=datetime.timezone.utc)
        self.assertLess(abs((written - created).total_seconds()), 60)
        self.assertIn(write['server'], scand.ctl('history', dn, '--origin').stdout)

    def closings(self, scand, dn):
        return scand.query("SELECT count(*) FROM v_event WHERE type = 'closed' AND rule = 'contact-not-mail-enabled' AND dn = ?", dn)[0][0]

    def _held(self, scand, dn):
        """What the one says that may be behind closes nothing, and is shown so wherever findings are."""
        scand.wait_until('it is held', lambda: self.health(scand)['findings_held'] >= 1)
        held = [finding for finding in scand.findings('--rule', 'contact-not-mail-enabled', '--all') if finding['held']]
        self.assertEqual([finding['dn'] for finding in held], [dn])
        self.assertEqual(held[0]['certainty'], 'probable')
        self.assertIn(f'held: the domain controller that is followed in {REALM.lower()} does not show it', held[0]['detail'])
        self.assertEqual([finding['held'] for finding in scand.json('show', dn)['objects'][0]['findings']
                          if finding['rule'] == 'contact-not-mail-enabled'], [True])
        self.assertIn(', held', scand.ctl('show', dn).stdout)
        self.assertIn(' held', scand.ctl('status').stdout)
        rows = list(csv.DictReader(io.StringIO(scand.ctl('findings', '--csv', '--all', '--rule', 'contact-not-mail-enabled').stdout)))
        self.assertEqual([row['dn'] for row in rows if row['held'] == 'true'], [dn])
        self.assertEqual(scand.query("SELECT dn, certainty FROM v_finding WHERE held AND rule = 'contact-not-mail-enabled'"),
                         [(dn, 'probable')])
        self.assertEqual(scand.query('SELECT findings_held > 0 FROM v_domain'), [(1,)])
        self.assertEqual(self.closings(scand, dn), 0)

    def test_2_cut_off_from_the_network_the_other_one_is_followed(self):
        hosts = os.path.join(SCRATCH, 'wired-hosts')
        wires = [Wire(address, controller.address) for address, controller in zip(WIRE_ADDRESSES, CONTROLLERS)]
        with open(hosts, 'w', encoding='ascii') as file:
            file.write('127.0.0.1 localhost\n')
            file.writelines(f'{wire.address} {controller.host}\n' for wire, controller in zip(wires, CONTROLLERS))
        try:
            # A page of a large domain takes its time, and is no silence.
            scand = self.scand(scand=f'RequestTimeout={max(5, REPLICA_OBJECTS // 1000)}\nConnectTimeout=10')
            scand.start(prefix=('unshare', '-m', 'bash', '-c', f'umount /etc/hosts && mount --bind {hosts} /etc/hosts && exec "$@"', 'wired'))
            full = self.last_full_read(scand)
            here, there = self.writer(TWIN), self.writer(TWIN_REPLICA)

            both = here.add_mute('both')
            self.converge()
            self.wait_current(scand, TWIN)

            # The first one is alive, alone with those who write to it, and heard by nobody.
            for writer in (here, there):
                writer.listen(False)
            wires[0].cut()
            island = here.add_mute('island')
            mainland = there.add_mute('mainland')
            here.write(both, mail=['island@partner.com'])
            there.write(both, mail=['mainland@partner.com'])
            self.wait_current(scand, TWIN_REPLICA)
            scand.wait_finding('contact-not-mail-enabled', mainland)
            self.assertEqual(scand.query('SELECT 1 FROM v_object WHERE dn = ?', island), [])

            # Both are there again, and who was left is not gone back to without need.
            wires[0].mend()
            for writer in (here, there):
                writer.listen(True)
            self.judge(scand, TWIN_REPLICA, island, mainland, both)
            self.assertEqual(self.last_full_read(scand), full)
            self.assertEqual(scand.stop(), 0)
        finally:
            for wire in wires:
                wire.close()

    def test_3_put_back_to_an_old_copy_it_is_refused_and_with_a_new_epoch_it_is_another_source(self):
        copy = os.path.join(SCRATCH, 'copy')
        TWIN.stop()
        subprocess.run([DOMAIN, 'copy', TWIN.directory, copy], check=True)
        TWIN.start()

        scand = self.scand().start()
        here = self.writer(TWIN)
        lost = [here.add_mute(f'after-the-copy-{number}') for number in range(3)]
        for dn in lost:
            scand.wait_finding('contact-not-mail-enabled', dn)
        self.converge()
        self.wait_passed_on(scand, TWIN, TWIN_REPLICA)
        first = self.health(scand)['invocation_id']

        TWIN.stop('kill')
        TWIN_REPLICA.stop()
        subprocess.run([DOMAIN, 'restore', TWIN.directory, copy], check=True)
        TWIN.start()
        self.assertFalse(self.writer(TWIN).has(lost[0]), 'the copy is older')

        # Alone, and still refused: what it says of the others' objects would be taken for deletions.
        scand.wait_until('the rollback is noticed', lambda: self.health(scand).get('last_error') == 'usn-rollback', 2 * PATIENCE)
        self.assertIn('update sequence number went back', scand.log())
        for dn in lost:
            self.assertTrue(scand.wait_finding('contact-not-mail-enabled', dn))
        status = scand.json('status')
        self.assertIn('usn-rollback', str(status))

        TWIN_REPLICA.start()
        self.wait_following(scand, TWIN_REPLICA, 6 * PATIENCE)
        for dn in lost:
            self.assertTrue(scand.wait_finding('contact-not-mail-enabled', dn))

        # What Active Directory does when a copy is put back in the way that it knows of.
        TWIN.stop()
        subprocess.run([DOMAIN, 'new-epoch', TWIN.directory], check=True)
        TWIN.start()
        self.converge()
        self.wait_passed_on(scand, TWIN_REPLICA, TWIN)
        second = self.health(scand)['invocation_id']
        TWIN_REPLICA.stop('kill')
        self.wait_following(scand, TWIN, 6 * PATIENCE)
        scand.wait_until('another invocationId', lambda: self.health(scand)['invocation_id'] not in (first, second))
        TWIN_REPLICA.start()
        self.judge(scand, TWIN, *lost)
        self.assertEqual(scand.stop(), 0)

    def test_4_a_new_epoch_under_a_daemon_is_another_source(self):
        scand = self.scand(TWIN).start()
        self.wait_passed_on(scand, TWIN, TWIN_REPLICA)
        invocation = self.health(scand)['invocation_id']
        TWIN.stop('kill')
        subprocess.run([DOMAIN, 'new-epoch', TWIN.directory], check=True)
        TWIN.start()
        added = self.writer(TWIN).add_mute('new-epoch')
        scand.wait_finding('contact-not-mail-enabled', added, seconds=4 * PATIENCE)
        scand.wait_until('another invocationId', lambda: self.health(scand)['invocation_id'] != invocation)
        self.judge(scand, TWIN, added)
        self.assertEqual(scand.stop(), 0)

    def test_5_what_following_missed_or_cannot_see_is_found_by_comparing_and_only_the_former_counted(self):
        scand = self.scand().start()
        here = self.writer(TWIN)
        unit = f'OU=Hidden,{BASE}'
        here.connection.add_s(unit, addition(objectClass='organizationalUnit'))
        missed, inside = here.add_mute('missed'), here.add_mute('inside', unit)
        for dn in (missed, inside):
            scand.wait_finding('contact-not-mail-enabled', dn)
        self.wait_current(scand, TWIN)
        self.assertEqual(scand.stop(), 0)
        before = scand.database + '.before'
        shutil.copyfile(scand.database, before)

        # The change is read, and has a number so old that no search for late commits looks at it any more.
        here.heal(missed, 'missed')
        subprocess.run([SAM, TWIN.directory, 'burn'], check=True)
        scand.start()
        scand.wait_finding('contact-not-mail-enabled', missed, present=False)
        self.rescan(scand)
        self.wait_current(scand, TWIN)
        self.assertEqual(scand.stop(), 0)

        # By hand: where following has come to, without what it brought.
        database = sqlite3.connect(before)
        database.execute('ATTACH ? AS later', (scand.database,))
        columns = ', '.join(CURSOR)
        database.execute(f'UPDATE domain SET ({columns}) = (SELECT {columns} FROM later.domain AS later WHERE later.id = domain.id)')
        database.commit()
        database.close()
        shutil.copyfile(before, scand.database)
        scand.start()
        self.wait_current(scand, TWIN)
        self.assertTrue(scand.wait_finding('contact-not-mail-enabled', missed), 'nothing shows that it is wrong')
        self.assertEqual(scand.json('status')['missed_changes_total'], 0)

        self.rescan(scand, '--reconcile')
        scand.wait_finding('contact-not-mail-enabled', missed, present=False)
        scand.wait_until('it is counted', lambda: scand.json('status')['missed_changes_total'] == 1)

        # Rights on a container change what is seen of the objects in it, and those get no USN.
        for verb, is_there in (('hide', False), ('unhide', True)):
            subprocess.run([SAM, TWIN.directory, verb, unit], check=True)
            self.rescan(scand, '--reconcile')
            scand.wait_finding('contact-not-mail-enabled', inside, present=is_there)
        self.judge(scand, TWIN, missed, inside, n_missed=1)
        self.assertEqual(scand.stop(), 0)

    def test_6_deletions_are_followed_on_either_with_and_without_recycle_bin(self):
        for state in ('off', 'on'):
            with self.subTest(recycle_bin=state):
                if state == 'on':
                    subprocess.run([DOMAIN, 'recycle-bin', TWIN.directory], check=True)
                    self.converge()
                self._deletions(state)

    def _deletions(self, state):
        scand = self.scand().start()
        here, there = self.writer(TWIN), self.writer(TWIN_REPLICA)
        followed, away = here.add_mute(f'deleted-here-{state}'), here.add_mute(f'deleted-there-{state}')
        later = here.add_mute(f'deleted-later-{state}')
        self.converge()
        for dn in (followed, away, later):
            scand.wait_finding('contact-not-mail-enabled', dn)
        self.wait_current(scand, TWIN)
        self.assertEqual(scand.query('SELECT recycle_bin FROM v_domain'), [(int(state == 'on'),)])

        here.delete(followed)
        there.delete(away)
        self.converge()
        for dn in (followed, away):
            scand.wait_finding('contact-not-mail-enabled', dn, present=False)

        # Deleted on the one that is followed, and nobody else has heard of it when it dies: it stays deleted.
        there.listen(False)
        here.delete(later)
        scand.wait_finding('contact-not-mail-enabled', later, present=False)
        self.wait_current(scand, TWIN)
        self.fail_over(scand, TWIN, TWIN_REPLICA)
        # A replication cycle that was under way when listening ended may have brought it all the same, or bring it now: what is not there
        # yet was not there when the daemon said this.
        is_unconfirmed = self.health(scand)['unconfirmed_failover']
        if there.has(later):
            self.assertTrue(is_unconfirmed, scand.log()[-3000:])
        TWIN.start()
        there.listen(True)
        self.judge(scand, TWIN_REPLICA)
        self.assertEqual(scand.findings('--rule', 'contact-not-mail-enabled', '--text', 'CN=deleted-'), [])
        self.assertEqual(scand.stop(), 0)

def cursors(connection):
    """{invocationId: USN} of the up-to-dateness vector, version 2."""
    vector = connection.search_s(BASE, ldap.SCOPE_BASE, attrlist=['replUpToDateVector'])[0][1]['replUpToDateVector'][0]
    return {epoch: usn for epoch, usn, _ in struct.iter_unpack('<16sQQ', vector[16:])}


def known(scand, dn):
    """What scanctl shows of one object, without the moments at which things were seen."""
    return without_times(scand.json('show', dn)['objects'])


def without_times(value):
    if isinstance(value, dict):
        return {name: without_times(part) for name, part in value.items()
                if name not in ('opened', 'usn_changed', 'whenChanged', 'uSNChanged')}
    if isinstance(value, list):
        return [without_times(part) for part in value]
    return value

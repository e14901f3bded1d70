"""A small estate on a real domain controller: an OU, people, nested groups, a connector account, and TLS from a root of our own."""

import importlib.util
import ssl
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import structs

from tests_root import module_at

HERE = Path(__file__)


lab = module_at("samba_lab", HERE.with_name("lab.py"))
CONNECTOR = "MSOL_0123456789ab"
PASSWORD = "Estate-Passw0rd!"
SD_FLAGS = "1.2.840.113556.1.4.801"
DACL = b"\x30\x03\x02\x01\x04"


@contextmanager
def running(folder):
    """The estate, up; skipped with its reason where no domain controller can run, failed where one was promised."""
    reason = lab.missing() or next(
        (f"{name} is not installed" for name in ("ldap3", "cryptography") if not importlib.util.find_spec(name)), ""
    )
    if reason:
        if lab.required():
            pytest.fail(f"A domain controller was promised: {reason}")
        pytest.skip(reason)
    fake = module_at("fake_tenant", HERE.parents[1] / "sources/live/fake_tenant.py")
    pem, root = fake.certificate(folder, names=("dc1.lab.example.test",), addresses=(lab.ADDRESS,))
    with lab.domain_controller(folder / "dc", tls=(pem, pem, root)):
        yield Estate(root)


class Estate:
    """The administrator's connection, and what was made with it."""

    def __init__(self, root):
        import ldap3

        self.ldap, self.root = ldap3, root
        self.admin = self.bind("Administrator", lab.PASSWORD)
        self.unit = f"OU=Staff,{lab.BASE}"
        self.admin.add(self.unit, "organizationalUnit")
        self.dns = {name: self._person(name, self.unit) for name in ("kim", "robin", "boss")}
        for name in (CONNECTOR, "reader", "stranger", "disabled", "repairer"):
            self.dns[name] = self._person(name, f"CN=Users,{lab.BASE}")
        self._change(self.dns["disabled"], "userAccountControl", 514)
        self._change(self.dns["boss"], "adminCount", 1)
        self._group("inner", self.dns[CONNECTOR])
        self._group("outer", f"CN=inner,CN=Users,{lab.BASE}")
        self._change(f"CN=Domain Admins,CN=Users,{lab.BASE}", "member", self.dns["repairer"], how=ldap3.MODIFY_ADD)
        self.sids = {name: self._sid(dn) for name, dn in self.dns.items()} | {
            "outer": self._sid(f"CN=outer,CN=Users,{lab.BASE}")
        }
        self.tries = 0
        self.grant()

    def bind(self, name, password):
        tls = self.ldap.Tls(validate=ssl.CERT_NONE)
        server = self.ldap.Server(lab.ADDRESS, 636, use_ssl=True, tls=tls, get_info=self.ldap.NONE)
        return self.ldap.Connection(server, f"LAB\\{name}", password, auto_bind=True)

    def _person(self, name, parent):
        dn = f"CN={name},{parent}"
        upn = f"{name}@lab.example.test"
        assert self.admin.add(dn, "user", {"sAMAccountName": name, "userPrincipalName": upn}), self.admin.result
        self._change(dn, "unicodePwd", f'"{PASSWORD}"'.encode("utf-16-le"))
        self._change(dn, "userAccountControl", 512)
        return dn

    def _group(self, name, member):
        assert self.admin.add(f"CN={name},CN=Users,{lab.BASE}", "group", {"sAMAccountName": name, "member": member}), (
            self.admin.result
        )

    def _change(self, dn, attribute, value, how=None):
        done = self.admin.modify(dn, {attribute: [(how or self.ldap.MODIFY_REPLACE, [value])]})
        assert done, (dn, attribute, self.admin.result)

    def _read(self, dn, attribute, controls=None):
        self.admin.search(dn, "(objectClass=*)", self.ldap.BASE, attributes=[attribute], controls=controls)
        return next(row["raw_attributes"][attribute] for row in self.admin.response if row["type"] == "searchResEntry")

    def _sid(self, dn):
        from faultbook.sources.ldif import sid

        return sid(self._read(dn, "objectSid")[0])

    def descriptor(self, dn):
        """What the directory now holds."""
        from faultbook.analysis.descriptor import parse_binary

        return parse_binary(self._read(dn, "nTSecurityDescriptor", [(SD_FLAGS, True, b"\x30\x03\x02\x01\x07")])[0])

    def write(self, dn, descriptor):
        from faultbook.analysis.descriptor import to_binary

        change = {
            "nTSecurityDescriptor": [
                (self.ldap.MODIFY_REPLACE, [to_binary(structs.replace(descriptor, owner=None, group=None))])
            ]
        }
        assert self.admin.modify(dn, change, controls=[(SD_FLAGS, True, DACL)]), self.admin.result

    def own(self, dn):
        """The entries of an object that it has not inherited."""
        found = self.descriptor(dn)
        return structs.replace(found, aces=tuple(ace for ace in found.aces if not ace.inherited))

    def grant(self):
        """The three rights of password writeback on the OU, for the users below it."""
        from faultbook.analysis.acl import CONTAINER_INHERIT, INHERIT_ONLY, Ace
        from faultbook.analysis.ad_names import (
            ATTR_LAST_SET,
            ATTR_LOCKOUT_TIME,
            CONTROL_ACCESS,
            RIGHT_RESET,
            USER,
            WRITE_PROPERTY,
        )

        flags = CONTAINER_INHERIT | INHERIT_ONLY
        new = [
            Ace(
                kind="allow-object",
                flags=flags,
                mask=mask,
                object_type=what,
                inherited_object_type=USER,
                trustee=self.sids[CONNECTOR],
            )
            for mask, what in (
                (CONTROL_ACCESS, RIGHT_RESET),
                (WRITE_PROPERTY, ATTR_LOCKOUT_TIME),
                (WRITE_PROPERTY, ATTR_LAST_SET),
            )
        ]
        held = self.own(self.unit)
        self.write(self.unit, structs.replace(held, aces=(*held.aces, *new)))

    def revoke(self):
        """Take from the OU whatever it gives to the connector account."""
        held = self.own(self.unit)
        self.write(
            self.unit,
            structs.replace(held, aces=tuple(ace for ace in held.aces if ace.trustee != self.sids[CONNECTOR])),
        )

    def protect(self, name, protected):
        """Switch inheritance off (what was inherited is gone) or on."""
        held = self.own(self.dns[name])
        self.write(self.dns[name], structs.replace(held, protected=protected))

    def deny(self, name):
        """An explicit refusal on one person."""
        from faultbook.analysis.acl import Ace
        from faultbook.analysis.ad_names import CONTROL_ACCESS, RIGHT_RESET

        held = self.own(self.dns[name])
        no = Ace(kind="deny-object", mask=CONTROL_ACCESS, object_type=RIGHT_RESET, trustee=self.sids[CONNECTOR])
        self.write(self.dns[name], structs.replace(held, aces=(no, *held.aces)))

    def reset(self, name):
        """Whether the connector account really may set this person's password."""
        self.tries += 1
        agent = self.bind(CONNECTOR, PASSWORD)
        new = f'"Fresh-{self.tries}-Passw0rd!"'.encode("utf-16-le")
        done = agent.modify(self.dns[name], {"unicodePwd": [(self.ldap.MODIFY_REPLACE, [new])]})
        assert done or agent.result["result"] == 50, agent.result
        agent.unbind()
        return done

    def verdict(self, facts, user="kim@lab.example.test"):
        """What the probe about the rights says to these facts."""
        from faultbook.evidence import Facts, Subject
        from faultbook.probes import all_probes, ask

        probe = all_probes()["directory.writeback-rights-missing"]
        return ask(probe, Facts(facts.values()), Subject(code="AADSTS120021", user=user), {}).answer

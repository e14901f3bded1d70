"""A small estate on a real domain controller: an OU, people, nested groups, a connector account, and TLS from a root of our own."""

from contextlib import contextmanager
from pathlib import Path

from msgspec import structs

from faultbook_lab.objects import Objects, denying, granting, without
from tests_root import module_at

lab = module_at("samba_lab", Path(__file__).with_name("lab.py"))
CONNECTOR = "MSOL_0123456789ab"
PASSWORD = "Estate-Passw0rd!"


@contextmanager
def running(folder):
    """The estate, up; skipped with its reason where no domain controller can run, failed where one was promised."""
    with lab.domain_controller(folder) as root:
        yield Estate(root)


class Estate:
    """The objects as the administrator sees them, and what was made of them."""

    def __init__(self, root):
        self.root = root
        self.objects = Objects(lab.bind(root, "Administrator", lab.PASSWORD))
        self.descriptor, self.own, self.write = self.objects.descriptor, self.objects.own, self.objects.write
        self.unit = self.objects.add(f"OU=Staff,{lab.BASE}", "organizationalUnit")
        self.dns = {name: self._person(name, self.unit) for name in ("kim", "robin", "boss")}
        for name in (CONNECTOR, "reader", "stranger", "disabled", "repairer"):
            self.dns[name] = self._person(name, f"CN=Users,{lab.BASE}")
        self.objects.change(self.dns["disabled"], userAccountControl=514)
        self.objects.change(self.dns["boss"], adminCount=1)
        inner = self._group("inner", self.dns[CONNECTOR])
        outer = self._group("outer", inner)
        self.objects.join(f"CN=Domain Admins,CN=Users,{lab.BASE}", self.dns["repairer"])
        self.sids = {name: self.objects.sid(dn) for name, dn in {**self.dns, "outer": outer}.items()}
        self.tries = 0
        self.grant()

    def _person(self, name, parent):
        upn = f"{name}@{lab.DOMAIN.dns}"
        return self.objects.add_account(f"CN={name},{parent}", name, PASSWORD, userPrincipalName=upn)

    def _group(self, name, member):
        return self.objects.add(f"CN={name},CN=Users,{lab.BASE}", "group", sAMAccountName=name, member=member)

    def grant(self):
        """The three rights of password writeback on the OU, for the users below it."""
        self.write(self.unit, granting(self.own(self.unit), self.sids[CONNECTOR]))

    def revoke(self):
        """Take from the OU whatever it gives to the connector account."""
        self.write(self.unit, without(self.own(self.unit), self.sids[CONNECTOR]))

    def protect(self, name, protected):
        """Switch inheritance off (what was inherited is gone) or on."""
        self.write(self.dns[name], structs.replace(self.own(self.dns[name]), protected=protected))

    def deny(self, name):
        """An explicit refusal on one person."""
        self.write(self.dns[name], denying(self.own(self.dns[name]), self.sids[CONNECTOR]))

    def reset(self, name):
        """Whether the connector account really may set this person's password."""
        from ldap3.core.exceptions import LDAPInsufficientAccessRightsResult

        self.tries += 1
        agent = Objects(lab.bind(self.root, CONNECTOR, PASSWORD))
        try:
            agent.set_password(self.dns[name], f"Fresh-{self.tries}-Passw0rd!")
        except LDAPInsufficientAccessRightsResult:
            return False
        finally:
            agent.connection.unbind()
        return True

    def verdict(self, facts, user="kim@lab.example.test"):
        """What the probe about the rights says to these facts."""
        from faultbook.evidence import Facts, Subject
        from faultbook.probes import all_probes, ask

        probe = all_probes()["directory.writeback-rights-missing"]
        return ask(probe, Facts(facts.values()), Subject(code="AADSTS120021", user=user), {}).answer

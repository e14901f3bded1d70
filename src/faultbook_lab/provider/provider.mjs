// The identity provider of the lab: AD FS's addresses, really signed answers, and faults on request.
// Each line on stdin is a JSON object, answered by a line on stdout: the first says what to be, the others change it. It ends with its stdin.
import { Console } from 'node:console';
import { createHash, createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';
import express from 'express';
import OpenIDProvider from 'oidc-provider';
import samlp from 'samlp';
import wsfed from 'wsfed';

globalThis.console = new Console(process.stderr); // stdout is for answers alone, whatever a library has to say
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { host, port, people, client, tls, signing, slow, refuse } = JSON.parse((await lines.next()).value);
const url = `https://${host}:${port}`;
const issuer = `http://${host}/adfs/services/trust`;
const realm = 'urn:federation:MicrosoftOnline';
const reply = 'https://login.microsoftonline.com/login.srf';
const conditions = { slow, refuse };

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const person = (name) => people.find(({ upn }) => upn.toLowerCase() === String(name).toLowerCase());
const files = ({ key, certificate }) => ({ key: readFileSync(key), cert: readFileSync(certificate) });

// What AD FS says of a person to Microsoft Online.
function Claims(user) {
  return {
    getClaims: () => ({
      'http://schemas.xmlsoap.org/claims/UPN': user.upn,
      'http://schemas.microsoft.com/LiveID/Federation/2008/05/ImmutableID': user.immutableId,
    }),
    getNameIdentifier: () => ({
      nameIdentifier: user.immutableId,
      nameIdentifierFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified',
    }),
  };
}
Claims.prototype.metadata = [
  ['http://schemas.xmlsoap.org/claims/UPN', 'UPN', 'The user principal name of the user'],
  ['http://schemas.microsoft.com/LiveID/Federation/2008/05/ImmutableID', 'Immutable ID', 'What the account is called in every directory'],
].map(([id, displayName, description]) => ({ id, displayName, description, optional: true }));

const jwk = ({ key, cert }) => {
  const der = new X509Certificate(cert).raw;
  const kid = createHash('sha1').update(der).digest('base64url');
  return { ...createPrivateKey(key).export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid, x5c: [der.toString('base64')] };
};

// AD FS signs its OpenID tokens with the same certificate, and gives a confidential client an access token for itself.
const openid = (signed) => new OpenIDProvider(`${url}/adfs`, {
  jwks: { keys: [jwk(signed)] },
  clients: [{
    client_id: client.id, client_secret: client.secret, grant_types: ['client_credentials'], response_types: [], redirect_uris: [],
  }],
  cookies: { keys: [randomUUID()] },
  ttl: { ClientCredentials: 3600 },
  findAccount: (_, id) => person(id) && { accountId: id, claims: () => ({ sub: id, upn: id }) },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:microsoft:userinfo',
      getResourceServerInfo: (_, audience) => ({ scope: '', audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  routes: { authorization: '/oauth2/authorize', token: '/oauth2/token', jwks: '/discovery/keys' },
}).callback();

// Everything that a token-signing certificate decides, made anew when it changes.
const made = (signed) => {
  const common = { ...signed, issuer, signatureAlgorithm: 'rsa-sha256', digestAlgorithm: 'sha256', profileMapper: Claims };
  const asked = { getUserFromRequest: ({ user }) => user, getPostURL: (...given) => given.at(-1)(null, reply) };
  return {
    federation: wsfed.metadata({ ...common, endpointPath: '/adfs/ls/' }),
    passive: wsfed.auth({ ...common, ...asked, lifetimeInSeconds: 3600 }),
    metadata: samlp.metadata({ ...common, redirectEndpointPath: '/saml/sign-on', postEndpointPath: '/saml/sign-on' }),
    signOn: samlp.auth({ ...common, ...asked, audience: realm, recipient: reply, destination: reply }),
    openid: openid(signed),
  };
};

const exchange = `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" \
xmlns:wsa10="http://www.w3.org/2005/08/addressing" name="SecurityTokenService">
  <wsdl:service name="SecurityTokenService">
    <wsdl:port name="UserNameWSTrustBinding_IWSTrustFeb2005Async">
      <soap12:address location="${url}/adfs/services/trust/2005/usernamemixed"/>
      <wsa10:EndpointReference><wsa10:Address>${url}/adfs/services/trust/2005/usernamemixed</wsa10:Address></wsa10:EndpointReference>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>
`;

let parts = made(files(signing));
const part = (name) => (...given) => parts[name](...given);
// The name in the address stands for somebody who is signed in on a computer of the domain; who is not, is asked.
const page = `<!doctype html>
<title>Sign in</title>
<form><input type="hidden" name="wa" value="wsignin1.0"><input type="hidden" name="wtrealm" value="${realm}">
<label>User name <input name="username"></label> <button>Sign in</button></form>
`;
const known = (request, response, next) => {
  request.user = person(request.query.username);
  return request.user ? next() : response.send(page);
};

const app = express();
app.use((request, response, next) => {
  console.error(new Date().toISOString(), request.method, request.originalUrl);
  setTimeout(() => (conditions.refuse ? response.status(conditions.refuse).end() : next()), conditions.slow * 1000);
});
app.get('/FederationMetadata/2007-06/FederationMetadata.xml', part('federation'));
app.get('/adfs/ls', known, part('passive'));
app.get('/adfs/services/trust/mex', (_, response) => response.type('application/xml').send(exchange));
app.post('/adfs/portal/updatepassword', express.json(), (request, response) => {
  const { user, old, new: wanted } = request.body ?? {};
  const whole = [user, old, wanted].every((text) => typeof text === 'string' && text);
  response.status(!whole ? 400 : person(user) ? 204 : 404).end();
});
app.get('/saml/metadata', part('metadata'));
app.all('/saml/sign-on', express.urlencoded({ extended: false }), known, part('signOn'));
app.use('/adfs', part('openid'));

const server = createServer(files(tls), app);
const orders = {
  sign: (wanted) => { parts = made(files(wanted)); },
  tls: (wanted) => {
    server.setSecureContext(files(wanted));
    server.closeAllConnections(); // who is connected would go on with the old one
  },
  slow: ({ seconds }) => { conditions.slow = seconds; },
  refuse: ({ status }) => { conditions.refuse = status; },
};
server.on('error', (error) => {
  answer({ failed: error.message });
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => answer({ done: 'listen' }));

for await (const line of lines) {
  const { order, ...given } = JSON.parse(line);
  try {
    orders[order](given);
    answer({ done: order });
  } catch (error) {
    answer({ failed: error.message });
  }
}
process.exit(0);

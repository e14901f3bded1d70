// A real OpenID provider on loopback. Its one client, accounts and keys come as JSON in argv; it prints its issuer when it listens.
// POST /rotate draws a new signing key, as providers do from time to time.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Provider from 'oidc-provider';

const { redirect, signedOut, secret, accounts, port } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

const drawn = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  use: 'sig', alg: 'RS256', kid: randomUUID(),
});

const made = (keys) => new Provider(issuer, {
  jwks: { keys },
  clients: [{
    client_id: 'faultbook',
    ...(secret ? { client_secret: secret } : { token_endpoint_auth_method: 'none' }),
    redirect_uris: [redirect],
    post_logout_redirect_uris: [signedOut],
    response_types: ['code'],
    grant_types: ['authorization_code'],
  }],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['only for tests'] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: id, preferred_username: `${id}@contoso.example`, groups: accounts[id] ?? [] }),
  }),
});

let answer = made([drawn()]).callback();
const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/rotate') {
    answer = made([drawn()]).callback();
    response.end('rotated\n');
    return;
  }
  answer(request, response);
});
server.listen(port, '127.0.0.1', () => console.log(issuer));

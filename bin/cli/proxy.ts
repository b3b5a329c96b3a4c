import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AgentConnectOpts } from 'agent-base';
import type { Environment } from '../../lambda/adapters/aws/sdk';

const OPTIONS = { keepAlive: true, maxSockets: 64 };

/** The agent for requests where the environment names a proxy, as curl has it: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY. */
export async function proxyAgent(env: Environment): Promise<HttpAgent | undefined> {
  const isNamed = Object.entries(env).some(([name, value]) => /^(https?|all)_proxy$/i.test(name) && value);
  if (!isNamed) return undefined;
  const { Agent } = await import('agent-base');
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  const { getProxyForUrl } = await import('proxy-from-env');
  const direct = { http: new HttpAgent(OPTIONS), https: new HttpsAgent(OPTIONS) };

  class ProxyAgent extends Agent {
    connect(request: ClientRequest, options: AgentConnectOpts) {
      const scheme = options.secureEndpoint ? 'https' : 'http';
      const proxy = getProxyForUrl(`${scheme}://${options.host}:${options.port}`);
      return proxy === '' ? direct[scheme] : new HttpsProxyAgent(proxy, OPTIONS).connect(request, options);
    }
  }
  return new ProxyAgent(OPTIONS);
}

/** Hosts on this machine or the local network (RFC 1918, RFC 4193, RFC 6761, RFC 6762). */
const LOCAL_HOSTS = [
  /^localhost$|\.(localhost|local|internal)$/,
  /^(127|10)(\.\d+){3}$|^(192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d+){2}$|^0\.0\.0\.0$/,
  /^\[?(::1|::ffff:127\.|f[cd][0-9a-f]{2}:|fe80:)/,
]

/** True for a host on this machine or the local network. The API serves http there, and redirects it to https on any other host. */
export const isLocalNetwork = (host: string): boolean => LOCAL_HOSTS.some((pattern) => pattern.test(host.toLowerCase()))

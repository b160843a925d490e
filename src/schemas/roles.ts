/** In order of seniority: each may do what those before it may. */
export const ROLES = ['viewer', 'operator', 'engineer', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** The roles that may do what takes this one. */
export const rolesFrom = (role: Role): readonly Role[] => ROLES.slice(ROLES.indexOf(role))

/** True if the one role may do what takes the other. */
export const isAtLeast = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed)

/** Settings of a factory that are null unless an engineer sets them. Responses and audit images leave a setting out while it is null. */
export const FACTORY_SETTINGS = ['ideal_per_hour', 'stop_after_seconds'] as const
export type FactorySettings = { [Name in (typeof FACTORY_SETTINGS)[number]]: number | null }

/** Returns the settings that are not undefined in an object. */
export const pickSettings = (values: { [Name in keyof FactorySettings]?: number | null | undefined }): Partial<FactorySettings> =>
  Object.fromEntries(FACTORY_SETTINGS.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])))

/** The setting `stop_after_seconds` of a factory that has none. */
export const DEFAULT_STOP_AFTER_SECONDS = 300

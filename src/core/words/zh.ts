// Chinese (simplified), by the English sentence.
export const chinese: Readonly<Record<string, string>> = {}

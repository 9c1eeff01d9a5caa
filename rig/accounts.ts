/** Accounts, written as Prosody's own storage has them: at once, and whether or not the server runs. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { lua } from "./prosody";

/** Prosody's own way to name files: every byte but letters and digits as %xx. */
function storageName(text: string): string {
  return text.replace(
    /[^A-Za-z0-9]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/**
 * Adds an account to a server with plain passwords.
 * @param folder the server's folder
 */
export function writeAccount(
  folder: string,
  host: string,
  name: string,
  password: string,
): void {
  const accounts = path.join(folder, "data", storageName(host), "accounts");
  mkdirSync(accounts, { recursive: true });
  writeFileSync(
    path.join(accounts, `${storageName(name)}.dat`),
    `return { password = ${lua(password)} };\n`,
  );
}

// Makes sure that a real Prosody or ejabberd is on this machine: installs Debian's packages where it may.
import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync } from "node:fs"
import { delimiter, join } from "node:path"

interface Software {
  packages: string[]
  /** Everything that must be there. */
  present(): boolean
}

export function findCommand(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/usr/bin", "/sbin", "/bin"]
  return folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

const software = {
  // XEP-0356 is a community module: Debian ships it apart from the server.
  prosody: {
    packages: ["prosody", "prosody-modules"],
    present: () => findCommand("prosody") !== undefined && existsSync("/usr/lib/prosody/modules/mod_privilege/mod_privilege.lua"),
  },
  ejabberd: { packages: ["ejabberd"], present: () => findCommand("ejabberdctl") !== undefined && findCommand("erl") !== undefined },
  slix: { packages: ["python3-slixmpp"], present: () => existsSync("/usr/lib/python3/dist-packages/slixmpp") },
  gajim: { packages: ["python3-nbxmpp"], present: () => existsSync("/usr/lib/python3/dist-packages/nbxmpp") },
  chromium: { packages: ["chromium"], present: () => findCommand("chromium") !== undefined },
} satisfies Record<string, Software>

// Installed packages must not start system services: we run our own copies. A policy file says so while apt works; it heeds only this
// very shell's life, so that even one left behind by a kill means nothing. Where the machine has a policy, that one stands.
// The lock is the kernel's, on a folder that exists anyway: nothing is left behind, whoever dies.
const script = `
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] || grep -qs 'xferry tests' "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\n# xferry tests: no services while packages are installed\\nkill -0 %s 2>/dev/null && exit 101\\nexit 0\\n' "$$" > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=300 update || echo 'apt-get update failed; trying with the package lists that are there' >&2
apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install --no-install-recommends "$@"
`

/** `[]`: we are root; `["sudo", "-n"]`: we may become root; undefined: neither. */
function asRoot(): string[] | undefined {
  if (process.getuid?.() === 0) return []
  return findCommand("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined
}

/** Throws an Error that says what to type if it is missing and cannot be installed from here. Safe from several processes at once. */
export function ensureInstalled(name: keyof typeof software, say: (line: string) => void = () => undefined): void {
  const { packages, present }: Software = software[name]
  if (present()) return
  const remedy = `Type: sudo apt-get update && sudo apt-get install --no-install-recommends ${packages.join(" ")}`
  const become = asRoot()
  if (!findCommand("apt-get"))
    throw new Error(
      `${name} is not installed, and this is no Debian. Install ${name}${name === "prosody" ? " with its community module mod_privilege" : ""}.`,
    )
  if (!become) throw new Error(`${name} is not installed and we are not root. ${remedy}`)
  say(`Installing Debian's ${packages.join(" and ")} (no service is started) …`)
  const [command = "flock", ...args] = [...become, "flock", "/var/lib/dpkg", "/bin/sh", "-c", script, "install", ...packages]
  const done = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
  if (!present())
    throw new Error(
      `${name} could not be installed. ${remedy}\n${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`.slice(-4000),
    )
}

# shellcheck shell=bash
# Sourced by app/run and tests/run: installs what packages-debian.txt lists and this machine lacks.

fairlead_linux_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# fairlead_packages SECTION...: lines "package [command]" of these sections.
fairlead_packages() {
    awk -v wanted=" $* " '
        { sub(/#.*/, "") }
        /^\[/ { gsub(/[][ ]/, ""); use = index(wanted, " " $0 " "); next }
        use && NF { print $1, $2 }' "$fairlead_linux_dir/packages-debian.txt"
}

# fairlead_missing SECTION...: the packages that are neither installed nor made up for by their command.
fairlead_missing() {
    local installed package command
    installed=$(fairlead_packages "$@" | cut -d' ' -f1 |
        xargs dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null || true)
    while read -r package command; do
        grep -qx "installed $package" <<<"$installed" && continue
        [ -n "$command" ] && command -v "$command" >/dev/null && continue
        echo "$package"
    done < <(fairlead_packages "$@")
}

# fairlead_install SECTION...: makes sure of them, or says what to do and fails.
fairlead_install() {
    local missing=() sudo=() answer
    [ -n "${FAIRLEAD_SKIP_PACKAGES:-}" ] && return 0
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "This is no Debian: please install what these Debian 12 packages hold, then run again with" >&2
        echo "FAIRLEAD_SKIP_PACKAGES=1:" >&2
        fairlead_packages "$@" | sed 's/^\([^ ]*\).*/  \1/' >&2
        return 1
    fi
    mapfile -t missing < <(fairlead_missing "$@")
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Missing Debian packages: ${missing[*]}" >&2
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "As root, please: apt-get install ${missing[*]}" >&2
            return 1
        fi
        sudo=(sudo)
        if [ -t 0 ]; then
            read -r -p "Install them now with sudo apt-get? [Y/n] " answer
            case $answer in [nN]*) return 1 ;; esac
        else
            sudo=(sudo -n) # nobody to ask
        fi
    fi
    "${sudo[@]}" apt-get update -q >&2 &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "${missing[@]}" >&2
}

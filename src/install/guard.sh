# The guard of Serai before a commit: asks the server whether others hold what is about to be committed.
#
#   sh -c 'd=$0; [ ! -r "$d/guard.sh" ] || . "$d/guard.sh"' <folder> <server> warn|block [strict]
#
# `block` refuses the commit, `warn` only says so. Without an answer the commit goes through, and that is said (strict
# with block: it does not). SERAI_BYPASS=1 lets one commit through unasked. Prints to standard error only.
server=${1-} mode=${2-} strict=${3-}
conf=$d/servers/$server.curl
unset CDPATH

say() { printf 'Serai: %s\n' "$1" >&2; }

unchecked() {
  if [ "$mode:$strict" = block:strict ]; then
    say "$1, and the guard is strict here, so nothing is committed. Without it: SERAI_BYPASS=1 git commit …"
    exit 1
  fi
  say "$1; this commit was not checked"
  exit 0
}

# Every name that git gives, in bytes, as the JSON of the question. A file name may hold anything but NUL: nothing here
# reads it as text, a line or a word.
question() {
  LC_ALL=C od -An -v -tx1 | LC_ALL=C awk '
    BEGIN {
      for (i = 0; i < 256; i++) { h = sprintf("%02x", i); byte[h] = (i < 32 ? "\\u00" h : sprintf("%c", i)) }
      byte["22"] = "\\\""; byte["5c"] = "\\\\"
      split("root common_dir origin host branch ignore_case conversation_id", name, " ")
    }
    function ended() {
      at++
      if (at == 6) repository = repository ",\"ignore_case\":" (text == "true" ? "true" : "false")
      else if (at < 6) { if (text != "") repository = repository (repository == "" ? "" : ",") "\"" name[at] "\":\"" text "\"" }
      else if (at == 7) { if (text != "") conversation = ",\"conversation_id\":\"" text "\"" }
      else { paths = paths separator "\"" text "\""; separator = "," }
      text = ""
    }
    { for (i = 1; i <= NF; i++) if ($i == "00") ended(); else text = text byte[$i] }
    END { printf "{\"repository\":{%s},\"paths\":[%s]%s}", repository, paths, conversation }'
}

ask() {
  root=$(git rev-parse --show-toplevel) || return 1
  common=$(cd -P "$(git rev-parse --git-common-dir)" && pwd) || common=
  origin=$(git config --get remote.origin.url | sed 's|^\([A-Za-z][A-Za-z0-9+.-]*://\)[^/@]*@|\1|')
  branch=$(git symbolic-ref --quiet --short HEAD)
  ignore_case=$(git config --bool --get core.ignorecase)
  host=$(sed -n 's/^header = "X-Serai-Host: \(.*\)"$/\1/p' "$conf")
  conversation=${SERAI_CONVERSATION_ID:-${CLAUDE_CODE_SESSION_ID:-${GEMINI_SESSION_ID:-${COPILOT_AGENT_SESSION_ID:-}}}}
  {
    printf '%s\000' "$root" "$common" "$origin" "$host" "$branch" "$ignore_case" "$conversation"
    # Without looking for renames both names are there: the one that goes and the one that comes.
    git diff --cached --name-only --no-renames --no-ext-diff -z
  } | question | curl -q -K "$conf" --fail --max-time 2.5 -H 'Accept: text/plain' --data-binary @- \
    "$url/api/v1/reservations/check"
}

[ "${SERAI_BYPASS-}" != 1 ] || { say 'not asked, because SERAI_BYPASS is 1'; exit 0; }
[ -r "$conf" ] || unchecked "there is no $conf (see: serai guard install)"
read -r _ _ url <"$conf"
if git diff --cached --quiet 2>/dev/null; then exit 0; fi

answer=$(ask 2>/dev/null) || unchecked "$url did not answer"
nl='
'
word=${answer%%"$nl"*}
case $word in
allow | deny) ;;
*) unchecked "$url answered something else than allow or deny" ;;
esac
case $answer in
*"$nl"*)
  rest=${answer#*"$nl"}
  while [ -n "$rest" ]; do
    line=${rest%%"$nl"*}
    [ -z "$line" ] || say "$line"
    case $rest in
    *"$nl"*) rest=${rest#*"$nl"} ;;
    *) rest= ;;
    esac
  done
  ;;
esac
[ "$word" = deny ] || exit 0
if [ "$mode" = block ]; then
  say 'nothing is committed. To commit all the same: SERAI_BYPASS=1 git commit …'
  exit 1
fi
say 'committed all the same; the guard only warns here'
exit 0

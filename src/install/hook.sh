# The hook of Serai. Tells the server what the agent is about to do, prints what the server answers in that agent's words.
#
#   sh -c 'd=$0; if [ -r "$d/hook.sh" ]; then . "$d/hook.sh"; else cat >/dev/null; fi' <folder> <ide> <event> <server> [strict]
#
# Standard output is the answer or the IDE's way to say yes, never anything else. Without an answer within the time it
# lets the agent go on (strict: it stops edits and commands), writes down why, and after two failures leaves the server
# alone for 30 seconds. Runs no program but curl as long as all is well: everything else is done by the shell itself.
ide=${1-} event=${2-} server=${3-} strict=${4-}
LC_ALL=C
export LC_ALL
unset CDPATH
umask 077
nl='
'
tab='	'
conf=$d/servers/$server.curl
down=$d/state/$server.down
log=$d/state/hook.log
[ -w "$log" ] || log=/dev/null

# Copilot, which runs hooks of Claude Code's files too, tells its model nothing of what stands on standard error.
refuse() {
  printf '%s\n' "$1" >&2
  case $ide:${COPILOT_CLI:+copilot} in
  copilot:* | claude-code:copilot)
    reason=$(printf '%s' "$1" | tr '\001-\037' ' ' | sed 's/["\\]/\\&/g')
    printf '{"permissionDecision":"deny","permissionDecisionReason":"%s"}\n' "$reason"
    ;;
  esac
  exit 2
}

unanswered() {
  case $strict:$event in
  strict:PreToolUse | strict:preToolUse | strict:BeforeTool | strict:pre_write_code | strict:pre_run_command)
    refuse "Serai did not answer ($1), and its hooks are strict here, so nothing may be changed. See: serai hooks doctor $ide"
    ;;
  esac
  [ "$ide" = windsurf ] || printf '{}\n'
  exit 0
}

# Not on the way of a hook that is answered well, so programs may run here.
tell() {
  when=$(date '+%s %Y-%m-%dT%H:%M:%S%z' 2>/dev/null)
  [ "$log" != /dev/null ] || return 0
  size=$(wc -c <"$log" 2>/dev/null)
  [ "${size:-0}" -le 65536 ] || { mv -f "$log" "$log.1" && printf '' >"$log"; } 2>/dev/null
  printf '%s %s %s: %s\n' "${when#* }" "$ide" "$event" "$1" >>"$log"
}

failed() {
  tell "$1"
  printf '%s %s %s\n' "$((failures + 1))" "${when%% *}" "$((missed + 1))" 2>/dev/null >"$down"
  unanswered "$1"
}

# Bytes that a header cannot carry, and the sign they are written with.
encode() {
  coded=
  for byte in $(printf '%s' "$1" | od -An -v -tx1); do coded=$coded%$byte; done
}

header() {
  coded=$2
  case $2 in
  *[!\ -~]* | *%*) encode "$2" ;;
  esac
  coded="$1: $coded"
}

# What follows a colon is the account; what stands before an at sign may be a secret.
without_account() {
  case $1 in
  *://*)
    rest=${1#*://}
    place=${rest%%/*}
    origin=${1%%://*}://${place##*@}${rest#"$place"}
    ;;
  esac
}

read_config() {
  section=
  lines=0
  while [ "$lines" -lt 400 ] && read -r line; do
    lines=$((lines + 1))
    case $line in
    '['*)
      [ -z "$origin" ] || return 0
      section=$line
      continue
      ;;
    esac
    name=${line%%=*}
    name=${name%%[ $tab]*}
    value=${line#*=}
    value=${value#"${value%%[! $tab]*}"}
    case $section:$name in
    '[remote "origin"]'*:[Uu][Rr][Ll])
      value=${value#\"}
      origin=${value%\"}
      ;;
    '[core]'*:[Ii][Gg][Nn][Oo][Rr][Ee][Cc][Aa][Ss][Ee])
      case $value in [Tt]rue | TRUE | yes | on | 1) ignore_case=true ;; esac
      ;;
    esac
  done <"$1"
}

read_tree() {
  folder=$root/.git
  if [ -f "$folder" ]; then
    read -r _ folder <"$folder"
    case $folder in /*) ;; *) folder=$root/$folder ;; esac
  fi
  cd -P "$folder" 2>/dev/null || return 0
  folder=$PWD
  common=$PWD
  if [ -f commondir ]; then
    read -r common <commondir
    cd -P "$common" 2>/dev/null || return 0
    common=$PWD
  fi
  [ ! -r "$folder/HEAD" ] || read -r head <"$folder/HEAD"
  case $head in
  'ref: refs/heads/.invalid') # Kept in tables: only git can tell.
    branch=$(git --git-dir "$folder" symbolic-ref --short HEAD 2>/dev/null)
    head=
    ;;
  'ref: refs/heads/'*)
    branch=${head#ref: refs/heads/}
    head=
    [ ! -r "refs/heads/$branch" ] || read -r head <"refs/heads/$branch"
    ;;
  esac
  case $head in '' | *[!0-9a-f]*) head= ;; esac
  ignore_case=false
  [ ! -r config ] || read_config config
  without_account "$origin"
}

failures=0 at=0 missed=0
if [ -s "$down" ]; then
  read -r failures at missed <"$down"
  case $failures.$at.$missed in
  *[!0-9.]* | .* | *..* | *.) failures=0 at=0 missed=0 ;;
  esac
  age=$(($(date +%s) - at))
  if [ "$failures" -ge 2 ] && [ "$age" -ge 0 ] && [ "$age" -lt 30 ]; then
    printf '%s %s %s\n' "$failures" "$at" "$((missed + 1))" 2>/dev/null >"$down"
    cat >/dev/null # Whoever writes to a closed pipe calls that an error of ours.
    unanswered 'it failed twice and is left alone for 30 seconds'
  fi
fi
if [ ! -r "$conf" ]; then
  cat >/dev/null
  failed "there is no $conf; run: serai hooks install $ide"
fi
read -r _ _ url <"$conf"

case $ide in
cursor) [ -z "${CURSOR_PROJECT_DIR-}" ] || cd -P "$CURSOR_PROJECT_DIR" 2>/dev/null ;;
gemini) [ -z "${GEMINI_CWD-}" ] || cd -P "$GEMINI_CWD" 2>/dev/null ;;
esac
# What programs report is the place itself, whatever links led the shell there.
cd -P . 2>/dev/null
cwd=$PWD root=$PWD
common= origin= branch= head= ignore_case=
until [ -z "$root" ] || [ -e "$root/.git" ]; do root=${root%/*}; done
[ -z "$root" ] || read_tree

header X-Serai-Cwd "$cwd" && h_cwd=$coded
[ -z "$root" ] || { header X-Serai-Root "$root" && root=$coded; }
[ -z "$common" ] || { header X-Serai-Common-Dir "$common" && common=$coded; }
[ -z "$origin" ] || { header X-Serai-Origin "$origin" && origin=$coded; }
[ -z "$branch" ] || { header X-Serai-Branch "$branch" && branch=$coded; }
[ -z "$head" ] || head="X-Serai-Head: $head"
[ -z "$ignore_case" ] || ignore_case="X-Serai-Ignore-Case: $ignore_case"
[ "$missed" -eq 0 ] && gap= || gap="X-Serai-Gap: $missed"
marks=${CLAUDECODE:+,CLAUDECODE}${CURSOR_VERSION:+,CURSOR_VERSION}${GEMINI_SESSION_ID:+,GEMINI_SESSION_ID}
[ -z "$marks" ] || marks="X-Serai-Env: ${marks#,}"
# Of an agent that Serai has started itself: for which session.
own=
case ${SERAI_SESSION-} in '' | *[!0-9a-z_]*) ;; *) own="X-Serai-Session: $SERAI_SESSION" ;; esac

# The agent's own commits are told by this name from those of others (see guard.sh).
case $event:${CLAUDE_ENV_FILE:+file}:${CLAUDE_CODE_SESSION_ID-} in
SessionStart:file:*[!0-9A-Za-z_-]* | SessionStart:file:) ;;
SessionStart:file:*) printf 'export SERAI_CONVERSATION_ID=%s\n' "$CLAUDE_CODE_SESSION_ID" 2>/dev/null >>"$CLAUDE_ENV_FILE" ;;
esac

# Nothing comes back at an end that the agent could use, and some agents kill this after a second.
case $event in
SessionEnd | sessionEnd | Stop | stop | Interrupt | AfterAgent | agentStop | post_cascade_response) limit=0.8 ;;
*) limit=2.5 ;;
esac

answer=$(curl -q -K "$conf" -i -w . --max-time "$limit" --data-binary @- \
  -H "X-Serai-Agent: $ide" -H "X-Serai-Event: $event" -H "$h_cwd" \
  ${root:+-H "$root"} ${common:+-H "$common"} ${origin:+-H "$origin"} ${branch:+-H "$branch"} ${head:+-H "$head"} \
  ${ignore_case:+-H "$ignore_case"} ${marks:+-H "$marks"} ${gap:+-H "$gap"} ${own:+-H "$own"} \
  "$url/hooks/$ide${strict:+?strict=1}" 2>>"$log")
code=$?

case $code:$limit in
0:*) ;;
28:0.8) unanswered 'sent, and not waited for' ;;
127:*) cat >/dev/null && failed 'there is no curl' ;;
28:*) failed "no answer within $limit seconds from $url" ;;
*) failed "no connection to $url (curl: $code)" ;;
esac
said=${answer%%"$nl"?"$nl"*}
body=${answer#"$said$nl"?"$nl"}
body=${body%.}
case $said in
*"$nl"[Xx]-[Ss][Ee][Rr][Aa][Ii]-[Ee][Xx][Ii][Tt]:\ 2*)
  [ ! -s "$down" ] || printf '' 2>/dev/null >"$down"
  refuse "$body"
  ;;
esac
case $said in
*"$nl"[Xx]-[Ss][Ee][Rr][Aa][Ii]-[Nn][Oo][Tt][Ee]:\ *)
  why=${said#*"$nl"[Xx]-[Ss][Ee][Rr][Aa][Ii]-[Nn][Oo][Tt][Ee]: }
  tell "${why%%?"$nl"*}"
  ;;
esac
status=${said%%"$nl"*}
case "$status " in
HTTP/*\ 20[04][!0-9]*) ;;
*) failed "$url said: ${status%?}" ;;
esac
case $ide:$body in
windsurf:* | *:'{'*'}') ;;
*:) body='{}' ;;
*) failed "$url answered something that is no JSON object" ;;
esac
[ ! -s "$down" ] || printf '' 2>/dev/null >"$down"
[ "$ide" = windsurf ] || printf '%s\n' "$body"
exit 0

# The hook of Serai on Windows; what hook.sh says of itself holds here too.
#
#   powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -File hook.ps1 <ide> <event> <server> [strict]
param([string] $Ide, [string] $HookEvent, [string] $Server, [string] $Strict = '')

$ErrorActionPreference = 'Stop'
$folder = $PSScriptRoot
$down = Join-Path $folder "state/$Server.down"
$log = Join-Path $folder 'state/hook.log'
$gates = @('PreToolUse', 'preToolUse', 'BeforeTool', 'pre_write_code', 'pre_run_command')
$ends = @('SessionEnd', 'sessionEnd', 'Stop', 'stop', 'Interrupt', 'AfterAgent', 'agentStop', 'post_cascade_response')
$utf8 = New-Object System.Text.UTF8Encoding $false

function Write-Bytes([System.IO.Stream] $Stream, [string] $Text) {
  $bytes = $utf8.GetBytes($Text + "`n")
  $Stream.Write($bytes, 0, $bytes.Length)
  $Stream.Flush()
}

# Copilot, which runs hooks of Claude Code's files too, tells its model nothing of what stands on standard error.
function Exit-Refused([string] $Why) {
  Write-Bytes ([Console]::OpenStandardError()) $Why
  if ($Ide -ceq 'copilot' -or ($Ide -ceq 'claude-code' -and $env:COPILOT_CLI)) {
    $denial = [ordered] @{ permissionDecision = 'deny'; permissionDecisionReason = $Why }
    Write-Bytes ([Console]::OpenStandardOutput()) (ConvertTo-Json -Compress $denial)
  }
  exit 2
}

function Exit-Unanswered([string] $Why) {
  if ($Strict -ceq 'strict' -and $gates -ccontains $HookEvent) {
    Exit-Refused "Serai did not answer ($Why), and its hooks are strict here, so nothing may be changed. See: serai hooks doctor $Ide"
  }
  if ($Ide -cne 'windsurf') { Write-Bytes ([Console]::OpenStandardOutput()) '{}' }
  exit 0
}

function Get-Now { [DateTimeOffset]::UtcNow.ToUnixTimeSeconds() }

function Add-Log([string] $What) {
  if (-not (Test-Path $log)) { return }
  if ((Get-Item $log).Length -gt 65536) { Move-Item -Force $log "$log.1"; New-Item -ItemType File $log | Out-Null }
  [System.IO.File]::AppendAllText($log, "$([DateTime]::UtcNow.ToString('o')) $Ide ${HookEvent}: $What`n", $utf8)
}

function Exit-Failed([string] $Why) {
  try {
    Add-Log $Why
    [System.IO.File]::WriteAllText($down, "$($script:failures + 1) $(Get-Now) $($script:missed + 1)`n", $utf8)
  } catch { $script:unnoted = $_ }
  Exit-Unanswered $Why
}

# Not the text reader of the console: it would read the bytes in whatever code page Windows is set to.
$inputBytes = New-Object System.IO.MemoryStream
[Console]::OpenStandardInput().CopyTo($inputBytes)

$failures = 0; $missed = 0
if ((Test-Path $down) -and ((Get-Content -Raw $down) -match '^(\d+) (\d+) (\d+)')) {
  $failures = [int] $Matches[1]; $missed = [int] $Matches[3]
  $age = (Get-Now) - [long] $Matches[2]
  if ($failures -ge 2 -and $age -ge 0 -and $age -lt 30) {
    Exit-Unanswered 'it failed twice and is left alone for 30 seconds'
  }
}

$headers = @{ 'X-Serai-Agent' = $Ide; 'X-Serai-Event' = $HookEvent }
function Add-Header([string] $Name, [string] $Value) {
  if ($Value -eq '') { return }
  $headers[$Name] = if ($Value -cmatch '^[ -$&-~]*$') { $Value } else { [Uri]::EscapeDataString($Value) }
}

function Add-Tree([string] $Cwd) {
  Add-Header 'X-Serai-Cwd' $Cwd
  $root = $Cwd
  while ($root -and -not (Test-Path -LiteralPath (Join-Path $root '.git'))) { $root = Split-Path -Parent $root }
  if (-not $root) { return }
  Add-Header 'X-Serai-Root' $root
  $git = Join-Path $root '.git'
  if (Test-Path -LiteralPath $git -PathType Leaf) {
    $git = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($root, ((Get-Content -Raw -LiteralPath $git) -replace '^gitdir:\s*', '').Trim()))
  }
  $common = $git
  $link = Join-Path $git 'commondir'
  if (Test-Path -LiteralPath $link) {
    $common = [System.IO.Path]::GetFullPath([System.IO.Path]::Combine($git, (Get-Content -Raw -LiteralPath $link).Trim()))
  }
  Add-Header 'X-Serai-Common-Dir' $common
  if ((Get-Content -Raw -LiteralPath (Join-Path $git 'HEAD')) -cmatch '^ref: refs/heads/(.+)') { Add-Header 'X-Serai-Branch' $Matches[1].Trim() }
  $config = Get-Content -Raw -LiteralPath (Join-Path $common 'config')
  if ($config -match '(?ms)^\s*\[remote "origin"\][^\[]*?^\s*url\s*=\s*"?([^"\r\n]+)') {
    Add-Header 'X-Serai-Origin' ($Matches[1].Trim() -replace '^([A-Za-z+]+://)[^/@]*@', '$1')
  }
  Add-Header 'X-Serai-Ignore-Case' $(if ($config -match '(?m)^\s*ignorecase\s*=\s*(true|yes|on|1)\s*$') { 'true' } else { 'false' })
}

try {
  $conf = Join-Path $folder "servers/$Server.curl"
  if (-not (Test-Path $conf)) { Exit-Failed "there is no $conf; run: serai hooks install $Ide" }
  $settings = Get-Content -Raw $conf
  $url = [regex]::Match($settings, '(?m)^# url (\S+)').Groups[1].Value
  $cwd = (Get-Location -PSProvider FileSystem).ProviderPath
  if ($Ide -ceq 'cursor' -and $env:CURSOR_PROJECT_DIR) { $cwd = $env:CURSOR_PROJECT_DIR }
  if ($Ide -ceq 'gemini' -and $env:GEMINI_CWD) { $cwd = $env:GEMINI_CWD }
  try { Add-Tree $cwd } catch { $script:treeFault = $_ }
  $marks = @('CLAUDECODE', 'CURSOR_VERSION', 'GEMINI_SESSION_ID') | Where-Object { [Environment]::GetEnvironmentVariable($_) }
  Add-Header 'X-Serai-Env' ($marks -join ',')
  if ($env:SERAI_SESSION -cmatch '^[0-9a-z_]+$') { Add-Header 'X-Serai-Session' $env:SERAI_SESSION }
  if ($missed -gt 0) { Add-Header 'X-Serai-Gap' "$missed" }

  Add-Type -AssemblyName System.Net.Http
  $handler = New-Object System.Net.Http.HttpClientHandler
  $handler.AllowAutoRedirect = $false
  if ($settings -match '(?m)^noproxy = "\*"') { $handler.UseProxy = $false }
  $client = New-Object System.Net.Http.HttpClient $handler
  $limit = if ($ends -ccontains $HookEvent) { 800 } else { 2500 }
  $client.Timeout = [TimeSpan]::FromMilliseconds($limit)
  $query = if ($Strict -ceq 'strict') { '?strict=1' } else { '' }
  $request = New-Object System.Net.Http.HttpRequestMessage ([System.Net.Http.HttpMethod]::Post), "$url/hooks/$Ide$query"
  $request.Content = New-Object System.Net.Http.ByteArrayContent (, $inputBytes.ToArray())
  $request.Content.Headers.ContentType = 'application/json'
  foreach ($line in [regex]::Matches($settings, '(?m)^header = "(Authorization|X-Serai-Host): ([^"]*)"')) {
    [void] $request.Headers.TryAddWithoutValidation($line.Groups[1].Value, $line.Groups[2].Value)
  }
  foreach ($name in $headers.Keys) { [void] $request.Headers.TryAddWithoutValidation($name, $headers[$name]) }
  try {
    $answer = $client.SendAsync($request).GetAwaiter().GetResult()
    $body = $utf8.GetString($answer.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult())
  } catch [System.Threading.Tasks.TaskCanceledException] {
    if ($limit -eq 800) { Exit-Unanswered 'sent, and not waited for' }
    Exit-Failed "no answer within $limit milliseconds from $url"
  }
} catch {
  Exit-Failed "no connection to ${url}: $($_.Exception.Message)"
}

$exit = $null
if ($answer.Headers.TryGetValues('X-Serai-Exit', [ref] $exit) -and @($exit)[0] -eq '2') {
  Exit-Refused $body
}
$note = $null
if ($answer.Headers.TryGetValues('X-Serai-Note', [ref] $note)) { try { Add-Log @($note)[0] } catch { $script:unnoted = $_ } }
if (@(200, 204) -notcontains [int] $answer.StatusCode) { Exit-Failed "$url said: $([int] $answer.StatusCode)" }
$body = $body.Trim()
if ($body -eq '') { $body = '{}' }
if ($Ide -cne 'windsurf' -and -not ($body.StartsWith('{') -and $body.EndsWith('}'))) { Exit-Failed "$url answered something that is no JSON object" }
if (Test-Path $down) { Remove-Item -Force $down -ErrorAction SilentlyContinue }
if ($Ide -cne 'windsurf') { Write-Bytes ([Console]::OpenStandardOutput()) $body }
exit 0

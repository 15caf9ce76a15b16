curl --request POST \
  --url https://api.agenhq.com/api/v1/sessions \
  --header 'Content-Type: application/json' \
  --header 'x-api-key: <api-key>' \
  --data '
{
  "branch_name": "feat/example",
  "auto_commit": false,
  "model": "scripted"
}
'

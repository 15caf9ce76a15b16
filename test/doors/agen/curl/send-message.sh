curl --request POST \
  --url https://api.agenhq.com/api/v1/sessions/SESSION_ID/messages \
  --header 'Content-Type: application/json' \
  --header 'x-api-key: <api-key>' \
  --data '{"content": "Write a greeting"}'

curl --request POST \
  --url https://api.agenhq.com/api/v1/sessions/SESSION_ID/cancel \
  --header 'x-api-key: <api-key>'

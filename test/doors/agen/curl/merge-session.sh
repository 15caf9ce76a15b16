curl --request POST \
  --url https://api.agenhq.com/api/v1/sessions/SESSION_ID/merge \
  --header 'x-api-key: <api-key>'

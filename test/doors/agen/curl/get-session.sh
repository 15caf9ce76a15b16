curl --request GET \
  --url https://api.agenhq.com/api/v1/sessions/SESSION_ID \
  --header 'x-api-key: <api-key>'

curl --request GET \
  --url https://api.agenhq.com/api/v1/sessions \
  --header 'x-api-key: <api-key>'

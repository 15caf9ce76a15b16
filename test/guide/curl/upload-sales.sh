curl -X POST https://serai.example/api/v1/sessions/ses_01933b5a/fs/sales.csv \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: text/csv" \
  --data-binary @sales.csv

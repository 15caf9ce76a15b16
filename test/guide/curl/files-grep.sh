curl -X POST https://serai.example/api/v1/sessions/ses_01933b5a/fs/_/grep \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{ "pattern": "North", "path_pattern": "*.csv" }'

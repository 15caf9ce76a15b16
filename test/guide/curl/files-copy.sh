curl -X POST https://serai.example/api/v1/sessions/ses_01933b5a/fs/_/copy \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{ "src_path": "/data.csv", "dst_path": "/copies/data.csv" }'

curl "http://localhost:3000/api/v1/sessions?project_id=my-app" \
  -H "Authorization: Bearer <token>"

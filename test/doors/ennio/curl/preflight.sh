curl -X OPTIONS http://localhost:3000/api/v1/sessions \
  -H "Origin: https://dashboard.example.com"

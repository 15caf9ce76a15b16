serai sessions create \
  --agent agt_01933b5a00007000800000000001 \
  --title "Q1 Sales Analysis"

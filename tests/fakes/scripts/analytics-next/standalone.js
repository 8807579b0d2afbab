"stands for analytics.js";

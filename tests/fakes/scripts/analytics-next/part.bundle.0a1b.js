"stands for a part of analytics.js";

"stands for the SDK of Jitsu";

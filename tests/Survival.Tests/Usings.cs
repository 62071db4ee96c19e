// Processes and fsyncs compete for the same two cores and the same disk: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

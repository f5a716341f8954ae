namespace Quern.Execution.Hosts;

/// <summary>How many processes ran or waited for a processor, on average over so long.</summary>
public readonly record struct LoadAverages(double OneMinute, double FiveMinutes, double FifteenMinutes);

using Quern.Execution.JobTypes;
using Quern.Execution.Rules;

namespace Quern.Proxy;

/// <summary>The application of a job type, from its start to its end. A crash makes way for another one.</summary>
internal sealed class Application(int pid)
{
    internal int Pid { get; } = pid;

    /// <summary>It has come so far as to ask for work.</summary>
    internal bool HasAsked { get; set; }

    /// <summary>What it has printed before it came so far.</summary>
    internal Findings Loading { get; } = new();

    /// <summary>It waits for an answer.</summary>
    internal bool IsAsking { get; set; }

    /// <summary>How long it waits for one before it wants to hear that there is none, milliseconds; 0 or less = for ever.</summary>
    internal long WaitMs { get; set; }

    /// <summary>It heard that there is nothing now, and has not asked again.</summary>
    internal bool IsResting { get; set; }

    /// <summary>It was told that there is no more to do.</summary>
    internal bool IsDismissed { get; set; }

    /// <summary>What it says becomes of the instance; null = it has not said.</summary>
    internal EndReported? Report { get; set; }

    /// <summary>Its line is closed: it can say no more.</summary>
    internal bool IsMute { get; set; }
}

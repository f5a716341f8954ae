using Quern.Execution.JobTypes;

namespace Quern.Proxy;

/// <summary>An application that asks when there is nothing for it waits as long as it said; then it hears so, does what it likes, and asks again. Source: reference, qube-jobs 6.1.</summary>
internal sealed partial class RunServer
{
    /// <summary>The longest wait that is counted; beyond it nobody listens anyway.</summary>
    private const double MostWaitSeconds = 86_400;

    /// <summary>Until what asks hears that there is nothing for it now.</summary>
    private readonly Deadline _waitLimit = new();

    private void LimitWait(Application application, double seconds)
    {
        application.WaitMs = (long)Math.Ceiling(Math.Min(seconds, MostWaitSeconds) * 1000);
        _waitLimit.Set(application.WaitMs);
    }

    private void AnswerWaiting()
    {
        if (_application is not { IsAsking: true } application)
        {
            return;
        }

        if (_work is not null)
        {
            // A check runs; what it asks for may be there in a moment.
            _waitLimit.Set(application.WaitMs);
            return;
        }

        (application.IsAsking, application.IsResting) = (false, true);
        _system.Say(ApplicationLines.NoItem(ApplicationLines.Waiting));
    }

    /// <summary>There are no more items. It hears of it when it asks, and has to ask in time.</summary>
    private void LimitRest()
    {
        if (_application is { IsResting: true })
        {
            _leaveLimit.Set(LeaveMs);
        }
    }

    private void EndRest(Application application)
    {
        if (application.IsResting)
        {
            application.IsResting = false;
            _leaveLimit.Clear();
        }
    }
}

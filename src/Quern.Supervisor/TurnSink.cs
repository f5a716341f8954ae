using Quern.Core.Farms;
using Quern.Supervisor.Api;
using Quern.Supervisor.Link;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Mails;
using Quern.Supervisor.Output;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor;

/// <summary>Where turns go: output to its log at once; orders to the workers and changes to the feed when they are durable.</summary>
internal sealed class TurnSink(OutputLog output, LinkSessions sessions, Administrators administrators) : ITurnSink
{
    /// <summary>Set once it is there; the feed asks the loop, which needs this first.</summary>
    public FeedHub? Feed { get; set; }

    /// <summary>The same.</summary>
    public Mailer? Mailer { get; set; }

    public void Wrote(Turn turn) => output.Append(turn);

    public void Durable(Turn turn)
    {
        administrators.Durable(turn.Rows.Users);
        sessions.Deliver(turn.Orders);
        foreach (var worker in turn.ClosedLinks)
        {
            sessions.Close(worker);
        }

        if (turn.RemovedJobs.Count > 0)
        {
            output.Remove(turn.RemovedJobs);
        }

        if (turn.ForgottenOutput.Count > 0)
        {
            output.Remove(turn.ForgottenOutput);
        }

        if (turn.ChangedJobs.Count > 0 || turn.RemovedJobs.Count > 0)
        {
            Feed?.Publish(turn.ChangedJobs, turn.RemovedJobs);
        }

        Mailer?.Take(turn.Mails);
        if (turn.Posts.Count > 0)
        {
            Feed?.Post(turn.Posts);
        }
    }
}

using Quern.Core;
using Quern.Core.Farms;

namespace Quern.Supervisor.Loop;

/// <summary>Something for the loop: applied on it, released after the commit of its turn.</summary>
internal abstract class Input
{
    public abstract void Apply(Farm farm, Now now);

    public virtual void Release()
    {
    }

    public virtual void Fail(Exception exception)
    {
    }
}

/// <summary>A fact nobody waits for.</summary>
internal sealed class Fact(Action<Farm, Now> apply) : Input
{
    public override void Apply(Farm farm, Now now) => apply(farm, now);
}

/// <summary>A question; its answer leaves after the commit.</summary>
internal sealed class Question<T>(Func<Farm, Now, T> ask) : Input
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? result;
    private Exception? failure;

    public Task<T> Answer => answer.Task;

    public override void Apply(Farm farm, Now now)
    {
        try
        {
            result = ask(farm, now);
        }
        catch (Exception exception) when (exception is not InvariantException)
        {
            // The asker's own mistake: it gets it back, the farm goes on.
            failure = exception;
        }
    }

    public override void Release()
    {
        if (failure is not null)
        {
            answer.TrySetException(failure);
        }
        else
        {
            answer.TrySetResult(result!);
        }
    }

    public override void Fail(Exception exception) => answer.TrySetException(exception);
}

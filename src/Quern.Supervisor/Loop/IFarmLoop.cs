using Quern.Core;
using Quern.Core.Farms;

namespace Quern.Supervisor.Loop;

/// <summary>The only way to the farm: whatever is asked runs on its loop, one after another.</summary>
public interface IFarmLoop
{
    /// <summary>
    /// Runs <paramref name="ask"/> on the loop and returns its result once everything it changed, and everything before it, is durable.
    /// Waits while the loop's queue is full.
    /// </summary>
    /// <exception cref="FarmStoppedException">The supervisor is stopping, or its store failed.</exception>
    Task<T> Ask<T>(Func<Farm, Now, T> ask, CancellationToken cancellationToken);
}

/// <summary>The farm answers no more; the text says why.</summary>
public sealed class FarmStoppedException(string message) : Exception(message);

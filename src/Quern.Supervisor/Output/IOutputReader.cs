using Quern.Core;

namespace Quern.Supervisor.Output;

/// <summary>Reads what commands printed.</summary>
public interface IOutputReader
{
    /// <summary>
    /// Copies one stream of an instance (all its runs, in order) or of an item (its newest attempt) from byte <paramref name="position"/> to
    /// <paramref name="to"/>; with <paramref name="follow"/> until the instance or item is over.
    /// </summary>
    Task CopyAsync(JobId job, int? sub, int? item, bool isError, long position, bool follow, Stream to, CancellationToken cancellationToken);
}

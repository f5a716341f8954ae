using Quern.Core;

namespace Quern.Store;

/// <summary>What every store holds a batch to.</summary>
internal static class RowRules
{
    /// <summary>Numbers of events rise, over all jobs and for ever: a number twice would be two histories.</summary>
    public static void CheckEvent(EventRow row, long last)
    {
        if (row.Sequence <= last)
        {
            throw new StoreException($"event {row.Sequence} is not after {last}, the last one in the store: the farm and its store do not belong together; start the supervisor again", null);
        }
    }
}

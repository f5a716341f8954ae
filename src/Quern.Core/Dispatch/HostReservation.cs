using Quern.Core.Jobs;

namespace Quern.Core.Dispatch;

/// <summary>A host that is kept for a job which needs more room than is free anywhere: what runs there and stands behind it in line leaves after its current item.</summary>
internal sealed record HostReservation(Job Job, QueueKey Key, int Slots);

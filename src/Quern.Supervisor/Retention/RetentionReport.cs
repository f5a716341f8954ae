using Quern.Core.Retention;

namespace Quern.Supervisor.Retention;

/// <summary>What goes, or went.</summary>
/// <param name="AtMs">The moment that is spoken of, Unix ms.</param>
/// <param name="Events">Lines of history.</param>
/// <param name="EventsThrough">The last of them; 0 = none.</param>
/// <param name="Requests">Ids of submissions.</param>
internal sealed record RetentionReport(
    long AtMs, RetentionRules Rules, IReadOnlyList<Expiry> Jobs, IReadOnlyList<Expiry> Outputs, long Events, long EventsThrough, string EventReason, int Requests);

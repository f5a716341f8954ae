using Quern.Configuration;
using Quern.Worker.Joining;
using Quern.Worker.Link;

namespace Quern.Worker;

/// <summary>Where a worker keeps its things, and what this machine says it is to do.</summary>
/// <param name="Folder">Private; locked while the program runs.</param>
/// <param name="SocketPath">Of its local socket.</param>
internal sealed record WorkerPlace(StateFolder State, string Role, string Folder, string SocketPath, LocalSettings Settings);

/// <summary>What a worker is in its farm.</summary>
/// <param name="Id">Its number there.</param>
/// <param name="Identity">Asked for at each connection: a certificate may have been renewed.</param>
/// <param name="Kept">Where it is this worker's own, to be renewed; null on a host that is lent to it.</param>
/// <param name="Supervisor">Asked for at each connection: it may have come back elsewhere.</param>
internal sealed record FarmMember(string Name, int Id, Func<WorkerIdentity> Identity, Func<SupervisorAddress> Supervisor, KeptIdentity? Kept = null);

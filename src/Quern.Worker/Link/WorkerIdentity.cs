using System.Security.Cryptography.X509Certificates;

namespace Quern.Worker.Link;

/// <summary>What a worker shows and whom it believes: its certificate with the key, and the farm's authority.</summary>
internal sealed record WorkerIdentity(X509Certificate2 Certificate, X509Certificate2 Authority);

namespace Quern.Protocol.Link;

/// <summary>Sizes and versions both ends of the worker link hold each other to. Anything larger is refused by the receiver.</summary>
public static class LinkLimits
{
    /// <summary>Version of the link this program speaks. One apart still works together.</summary>
    public const int Version = 1;

    /// <summary>Longest result of an item, bytes.</summary>
    public const int ResultBytes = 64 * 1024;

    /// <summary>TLS server name of the link. Only callers that use it are asked for a certificate.</summary>
    public const string ServerName = "worker.quern";

    /// <summary>Largest single message either way, bytes.</summary>
    public const int MessageBytes = 4 * 1024 * 1024;

    /// <summary>Largest run of output in one fact, bytes.</summary>
    public const int OutputBytes = 128 * 1024;

    /// <summary>Most instances a worker may hold.</summary>
    public const int InstancesPerWorker = 4096;

    /// <summary>Most items an instance may hold that have not started.</summary>
    public const int ItemsHeld = 256;
}

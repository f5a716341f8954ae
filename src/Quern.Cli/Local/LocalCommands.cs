namespace Quern.Cli.Local;

/// <summary>What <c>quern</c> does on this machine itself rather than ask the farm.</summary>
internal static class LocalCommands
{
    public static Func<string[], CancellationToken, Task<int>>? Find(string name) => name switch
    {
        "demo" => Demo.DemoCommand.RunAsync,
        "up" => UpCommand.RunAsync,
        "supervisor" => SupervisorCommand.RunAsync,
        "config" => ConfigCommand.RunAsync,
        "worker" => WorkerCommand.RunAsync,
        "env" => EnvCommand.RunAsync,
        _ => null,
    };
}

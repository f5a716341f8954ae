// quern-proxy: one for each instance, started by the worker; runs the instance's commands as the job's account. See RunServer.
using Quern.Execution.Mac;
using Quern.Proxy.Linux;
using Quern.Proxy.Unix;
using Quern.Proxy.Windows;

if (OperatingSystem.IsMacOS())
{
    SystemLibrary.Prepare();
}

return OperatingSystem.IsWindows() ? WindowsProxy.Run(args)
    : args is ["--probe"] && OperatingSystem.IsLinux() ? SelfProbe.Run()
    : UnixProxy.Run();

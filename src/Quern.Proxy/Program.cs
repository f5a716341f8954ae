// quern-proxy: one for each instance, started by the worker; runs the instance's commands as the job's account. See RunServer.
using Quern.Proxy.Linux;
using Quern.Proxy.Windows;

return OperatingSystem.IsWindows() ? WindowsProxy.Run(args)
    : args is ["--probe"] ? SelfProbe.Run()
    : LinuxProxy.Run();

using Quern.Windows.Tests;

// `Quern.Windows.Tests child WHAT ...` is a program that a test starts; anything else is for the test runner.
return args is ["child", .. var words] ? Child.Run(words)
    : args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

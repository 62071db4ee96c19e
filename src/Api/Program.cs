using Cqrs.Api.Starting;

return await ServerProcess.RunAsync(args, Console.Error);

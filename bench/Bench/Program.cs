Console.WriteLine("usage: bench append|http");

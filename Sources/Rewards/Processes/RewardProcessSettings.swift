/// What is run as a reward, and how much patience it gets.
public struct RewardProcessSettings: Sendable, Equatable {
    /// The program, looked up in PATH, and its arguments. No shell is involved unless it is the program.
    public var command: [String]
    /// How long a request may take, counted from when it was sent or, where that is later, from the last answer.
    public var timeout: Duration = .seconds(30)
    /// How much longer the first answer of a process that has just been started may take: it has to load first.
    public var startAllowance: Duration = .seconds(10)
    /// How often in a row the process may end, or have to be ended, without a useful answer in between. After that it is not
    /// started again.
    public var maximumRestarts = 10
    /// How many requests may be under way, 1 or more.
    public var inFlight = 16
    /// The longest line that is an answer, in bytes.
    public var maximumLine = 1 << 20

    /// Settings with the defaults above.
    ///
    /// - Parameter command: at least the program.
    public init(command: [String]) {
        precondition(!command.isEmpty, "a command has a program")
        self.command = command
    }

    /// Settings with the defaults above, for a line that `/bin/sh` reads.
    public init(shellCommand: String) {
        command = ["/bin/sh", "-c", shellCommand]
    }
}

extension RewardProcessSettings {
    /// The words of a command line, as a shell tells them apart: blanks between them, quotes and backslashes around blanks. Nothing
    /// is expanded.
    ///
    /// - Returns: nil where a quote is not closed, a backslash ends the line, or there is no word.
    public static func words(of line: String) -> [String]? {
        var words: [String] = []
        var word: String.UnicodeScalarView?
        var quote: Unicode.Scalar?
        var isEscaped = false
        for scalar in line.unicodeScalars {
            if isEscaped {
                // In double quotes a backslash stands for itself before anything else.
                if quote != nil, scalar != "\"", scalar != "\\" { word?.append("\\") }
                word?.append(scalar)
                isEscaped = false
            } else if scalar == "\\", quote != "'" {
                word = word ?? .init()
                isEscaped = true
            } else if let open = quote {
                if scalar == open { quote = nil } else { word?.append(scalar) }
            } else if scalar == "'" || scalar == "\"" {
                word = word ?? .init()
                quote = scalar
            } else if scalar == " " || scalar == "\t" || scalar == "\n" {
                if let whole = word { words.append(String(whole)) }
                word = nil
            } else {
                word = word ?? .init()
                word?.append(scalar)
            }
        }
        if let whole = word { words.append(String(whole)) }
        return quote == nil && !isEscaped && !words.isEmpty ? words : nil
    }
}

/// A reward process cannot be run at all.
public struct RewardProcessError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The program.
    public let program: String
    /// Why, in the system's words.
    public let message: String

    /// The error on one line.
    public var description: String { "the reward process \(program) cannot be started: \(message)" }
}

import JSON
import Testing

@Suite struct JSONSchemaTests {
    private func node(_ text: String) throws -> JSONNode { JSONNode(try JSONDocument.parsing(text).root) }

    private func violations(_ schema: String, _ value: String) throws -> [String] {
        try JSONSchema(node(schema)).violations(in: node(value)).map(\.description)
    }

    @Test(arguments: [
        ("{}", "[1]"), ("true", "1"), ("{\"type\":\"integer\"}", "1.0"),
        ("{\"type\":\"integer\"}", "18446744073709551615"),
        ("{\"type\":\"number\"}", "1"), ("{\"type\":[\"string\",\"null\"]}", "null"), ("{\"const\":1}", "1.0"),
        ("{\"enum\":[{\"a\":1,\"b\":2}]}", "{\"b\":2,\"a\":1}"), ("{\"minimum\":1,\"maximum\":2}", "1"),
        ("{\"minimum\":1}", "\"not a number\""), ("{\"required\":[\"a\"]}", "[]"),
        ("{\"items\":{\"type\":\"null\"}}", "[null]"),
        ("{\"properties\":{\"a\":{\"type\":\"null\"}},\"additionalProperties\":false}", "{\"a\":null}"),
        ("{\"$schema\":\"x\",\"$id\":\"y\",\"title\":\"t\",\"description\":\"d\",\"examples\":[],\"default\":1}", "1"),
    ])
    func valid(schema: String, value: String) throws {
        #expect(try violations(schema, value) == [])
    }

    @Test(arguments: [
        ("false", "1", "/: is not allowed here"),
        ("{\"type\":\"integer\"}", "1.5", "/: is a number, expected integer"),
        ("{\"type\":[\"string\",\"null\"]}", "[]", "/: is an array, expected string or null"),
        ("{\"type\":\"boolean\"}", "0", "/: is an integer, expected boolean"),
        ("{\"const\":\"a\"}", "\"b\"", "/: is \"b\", expected \"a\""),
        ("{\"enum\":[1,\"x\"]}", "true", "/: is true, expected 1 or \"x\""),
        ("{\"const\":\"\\u00e9\"}", "\"e\\u0301\"", "/: is \"e\u{301}\", expected \"\u{E9}\""),
        ("{\"minimum\":1}", "0.5", "/: is 0.5, at least 1.0 expected"),
        ("{\"maximum\":1}", "2", "/: is 2.0, at most 1.0 expected"),
        ("{\"required\":[\"a\"]}", "{\"b\":1}", "/: lacks the member 'a'"),
        ("{\"minItems\":2}", "[1]", "/: has 1 items, at least 2 expected"),
        ("{\"items\":{\"type\":\"null\"}}", "[null,1]", "/1: is an integer, expected null"),
        ("{\"properties\":{\"a/b\":{\"type\":\"null\"}}}", "{\"a/b\":1}", "/a~1b: is an integer, expected null"),
        ("{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{\"a\":1,\"~\":1}", "/~0: is not allowed here"),
        ("{\"additionalProperties\":{\"type\":\"string\"}}", "{\"x\":1}", "/x: is an integer, expected string"),
        ("{\"$ref\":\"#/$defs/s\",\"$defs\":{\"s\":{\"type\":\"string\"}}}", "1", "/: is an integer, expected string"),
    ])
    func invalid(schema: String, value: String, violation: String) throws {
        #expect(try violations(schema, value) == [violation])
    }

    @Test func recursionAndSeveralViolations() throws {
        let schema = """
            {"$ref":"#/$defs/tree","$defs":{"tree":{"type":"object","required":["name"],
            "properties":{"name":{"type":"string"},"children":{"items":{"$ref":"#/$defs/tree"}}}}}}
            """
        let value = "{\"name\":1,\"children\":[{\"name\":\"a\"},{\"children\":[{\"name\":\"b\",\"children\":[3]}]}]}"
        #expect(
            try violations(schema, value) == [
                "/name: is an integer, expected string", "/children/1: lacks the member 'name'",
                "/children/1/children/0/children/0: is an integer, expected object",
            ])
    }

    @Test(arguments: [
        ("{\"pattern\":\"a\"}", "/pattern"), ("{\"items\":{\"oneOf\":[]}}", "/items/oneOf"),
        ("{\"properties\":{\"p\":{\"maxLength\":1}}}", "/properties/p/maxLength"),
        ("{\"$defs\":{\"d\":{\"x\":1}}}", "/$defs/d/x"),
        ("{\"type\":\"int\"}", "/type"), ("{\"type\":1}", "/type"), ("[]", ""), ("{\"items\":1}", "/items"),
        ("{\"required\":\"a\"}", "/required"), ("{\"required\":[1]}", "/required"),
        ("{\"properties\":[]}", "/properties"),
        ("{\"minItems\":-1}", "/minItems"), ("{\"minItems\":1.5}", "/minItems"), ("{\"minimum\":\"1\"}", "/minimum"),
        ("{\"enum\":1}", "/enum"), ("{\"enum\":[1],\"const\":1}", "/enum"), ("{\"$defs\":[]}", "/$defs"),
        ("{\"$ref\":\"#/$defs/none\"}", "/$ref"), ("{\"$ref\":\"other.json\"}", "/$ref"),
        ("{\"items\":{\"$ref\":\"#/$defs/none\"}}", "/items/$ref"),
        ("{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}},\"$ref\":\"#/$defs/a\"}", "/$ref"),
        ("{\"items\":{\"$defs\":{}}}", "/items/$defs"),
    ])
    func unusableSchemas(schema: String, pointer: String) throws {
        let error = try #require(throws: JSONSchemaError.self) { try JSONSchema(node(schema)) }
        #expect(error.pointer == pointer)
    }
}

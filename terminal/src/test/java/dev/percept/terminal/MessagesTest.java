package dev.percept.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MessagesTest {
    @Test
    void aMessageIsOneLine() {
        assertThat(Messages.oneLine(" two\r\n\tlines\u0007of\u001b[31m it \n")).isEqualTo("two lines of [31m it");
        assertThat(Messages.oneLine("\n")).isEmpty();
    }
}

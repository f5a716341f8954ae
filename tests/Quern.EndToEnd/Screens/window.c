/* window COMMAND: fills the screen with a red window, and when the server has painted it runs the command. */
#include <X11/Xlib.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words)
{
    Display *display = XOpenDisplay(NULL);
    if (display == NULL || count != 2) {
        fprintf(stderr, "window: cannot open display '%s'\n", getenv("DISPLAY") ? getenv("DISPLAY") : "");
        return 4;
    }
    int screen = DefaultScreen(display);
    XSetWindowAttributes looks = { .override_redirect = True, .background_pixel = 0xff0000 };
    Window window = XCreateWindow(display, RootWindow(display, screen), 0, 0, DisplayWidth(display, screen), DisplayHeight(display, screen), 0,
                                  CopyFromParent, InputOutput, CopyFromParent, CWOverrideRedirect | CWBackPixel, &looks);
    XSelectInput(display, window, ExposureMask);
    XMapRaised(display, window);
    for (XEvent event; XNextEvent(display, &event), event.type != Expose;) {
    }
    XClearWindow(display, window);
    XSync(display, False);
    return system(words[1]) == 0 ? 0 : 5;
}
